// Requests to the API with the session's cookie. The header tells it that this page made them and no other site's.

const CSRF = { "X-Dataviz-Csrf": "page" };

export class Problem extends Error {
  constructor(status, document) {
    super(document.detail || document.title || `The server answered ${status}.`);
    this.status = status;
    this.kind = document.type ?? "";
    this.mistakes = document.errors ?? [];
  }
}

export async function get(path) {
  return answer(await reach(path));
}

export async function send(method, path, body) {
  const headers = { ...CSRF };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return answer(await reach(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }));
}

// `progress` is told bytes sent and bytes in all, which `fetch` cannot tell.
export function sendForm(path, form, { progress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    for (const [name, value] of Object.entries(CSRF)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => progress(event.loaded, event.total);
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new Problem(0, { detail: "Sending was stopped." }));
    request.onload = () => {
      const document = parsed(request.responseText);
      if (request.status < 400) resolve(document);
      else reject(new Problem(request.status, document ?? {}));
    };
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

async function reach(path, options) {
  try {
    return await fetch(path, options);
  } catch {
    throw unreachable();
  }
}

async function answer(response) {
  const document = parsed(await response.text());
  if (!response.ok) throw new Problem(response.status, document ?? {});
  return document;
}

function parsed(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

function unreachable() {
  return new Problem(0, { detail: "The server cannot be reached. Is it running?" });
}
