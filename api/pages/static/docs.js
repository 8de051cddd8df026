// Swagger UI, with the session of whoever is logged in: "Try it out" does what they may do.

window.SwaggerUIBundle({
  url: "/api/openapi.json",
  domNode: document.getElementById("api"),
  deepLinking: true,
  docExpansion: "none",
  tagsSorter: "alpha",
  requestInterceptor: (request) => {
    request.headers["X-Dataviz-Csrf"] = "docs";
    return request;
  },
});
