// Elements without markup in strings: whatever a file or a person says stays text.

export function el(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && !key.includes("-")) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export function field(label, input, hint) {
  input.id ||= `field-${label.toLowerCase().replaceAll(/\W+/g, "-")}`;
  const parts = [el("label", { htmlFor: input.id }, label), input];
  if (hint) {
    input.setAttribute("aria-describedby", `${input.id}-hint`);
    parts.push(el("p", { id: `${input.id}-hint`, className: "hint" }, hint));
  }
  return el("div", { className: "field" }, parts);
}

// `columns` are [heading, is a number]; cells are texts or elements.
export function table(caption, columns, rows) {
  const cell = (content, index) => el("td", { className: columns[index][1] ? "number" : "" }, content);
  return el(
    "div",
    { className: "scrolls", tabIndex: 0, role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", {}, caption),
      el("thead", {}, el("tr", {}, columns.map(([heading, isNumber]) =>
        el("th", { scope: "col", className: isNumber ? "number" : "" }, heading)))),
      el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map(cell)))),
    ),
  );
}

// Replaces what the page shows, and takes the reader along to its heading.
export function show(title, ...content) {
  const heading = el("h1", { tabIndex: -1 }, title);
  document.title = `${title} · DataViz Pipelines`;
  document.getElementById("main").replaceChildren(heading, ...content.flat());
  heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

// For screen readers, beside what the page shows.
export function say(sentence) {
  document.getElementById("said").textContent = sentence;
}

export function alertBox() {
  const box = el("div", { role: "alert" });
  return {
    box,
    clear: () => box.replaceChildren(),
    tell: (error) => box.replaceChildren(el("div", { className: "problem" }, describe(error))),
  };
}

function describe(error) {
  const lines = [el("p", {}, el("strong", {}, error.message))];
  const places = error.mistakes ?? [];
  if (places.length) {
    lines.push(el("ul", {}, places.map((each) => el("li", {}, `${each.pointer || each.place}: ${each.message}`))));
  }
  return lines;
}

// A form whose button waits until its work is done; what goes wrong is said above it.
export function form(button, fields, work) {
  const alerts = alertBox();
  const submit = el("button", { type: "submit" }, button);
  const made = el("form", { noValidate: false }, alerts.box, fields, submit);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    alerts.clear();
    submit.disabled = true;
    try {
      await work();
    } catch (error) {
      alerts.tell(error);
    } finally {
      submit.disabled = false;
    }
  });
  return made;
}
