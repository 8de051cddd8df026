// The first view: drop a file on a template, watch it load, and see what was loaded before.

import { get } from "./api.js";
import { mayDo } from "./account.js";
import { alertBox, el, field, say, show, table } from "./dom.js";
import { load } from "./sending.js";
import { outcome, read } from "./upload.js";
import { history } from "./uploads.js";

const LAST_TEMPLATE = "template";

export async function showFiles(me) {
  const [templates, past] = await Promise.all([activeTemplates(), history(me)]);
  const sections = [];
  if (mayDo(me, "uploads:create")) sections.push(loader(me, templates, past.refresh));
  show("Files", ...sections, past.section);
  return past.leave;
}

async function activeTemplates() {
  const page = await get("/api/v1/upload-templates?is_active=true&sort=name&limit=200");
  return page.items;
}

function loader(me, templates, refresh) {
  if (!templates.length) {
    return el("section", {}, el("h2", {}, "Load a file"), el("p", {},
      "There is no template yet. An administrator adds one with ", el("code", {}, "dataviz template add"), "."));
  }
  const choice = el("select", {}, templates.map((each) => el("option", { value: each.id }, each.name)));
  choice.value = templates.find((each) => each.id === recall())?.id ?? templates[0].id;
  const input = el("input", { type: "file", className: "unseen", id: "file" });
  const dryRun = el("input", { type: "checkbox", id: "dry-run" });
  const alerts = alertBox();
  const place = el("div", {});
  const expected = el("div", {});
  const chosen = () => templates.find((each) => each.id === choice.value);

  const zone = el("label", { htmlFor: "file", className: "zone" },
    el("strong", {}, "Drop a file here"), " or ", el("span", { className: "link" }, "choose one"));
  const take = async (files) => {
    if (!files.length || input.disabled) return;
    input.disabled = true;
    zone.classList.add("waits");
    alerts.clear();
    try {
      await run(files[0]);
    } catch (error) {
      place.replaceChildren();
      alerts.tell(error);
    } finally {
      input.disabled = false;
      input.value = "";
      zone.classList.remove("waits");
    }
    await refresh();
  };
  const run = async (file) => {
    const fields = { template_id: choice.value, ...(dryRun.checked ? { dry_run: "true" } : {}) };
    const id = await load(file, fields, place);
    place.replaceChildren(...(await outcome(me, await read(id), "h3")));
    say(place.querySelector("h3")?.textContent ?? "Done.");
  };

  choice.addEventListener("change", () => {
    localStorage.setItem(LAST_TEMPLATE, choice.value);
    expected.replaceChildren(expectations(chosen()));
  });
  input.addEventListener("change", () => take(input.files));
  takesDrops(zone, take);
  expected.replaceChildren(expectations(chosen()));
  return el("section", { className: "loader", "aria-labelledby": "load" },
    el("h2", { id: "load" }, "Load a file"),
    field("Template", choice),
    expected,
    input,
    zone,
    el("div", { className: "check" }, dryRun, el("label", { htmlFor: "dry-run" }, "Only show what would happen")),
    alerts.box,
    place,
  );
}

function takesDrops(zone, take) {
  const over = (isOver) => (event) => {
    event.preventDefault();
    zone.classList.toggle("over", isOver);
  };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    take(event.dataTransfer.files);
  });
}

function expectations(template) {
  const columns = template.validation_rules.columns;
  const needed = (column) => (column.required ? "yes" : "no");
  return el("details", {},
    el("summary", {}, `What a file for ${template.name} looks like`),
    template.description ? el("p", {}, template.description) : null,
    table(`Columns of ${template.name}`, [["Column"], ["Type"], ["Must be there"], ["May be empty"], ["What it is"]],
      columns.map((each) => [each.name, each.type, needed(each), each.nullable ? "yes" : "no", each.description ?? ""])),
  );
}

function recall() {
  return localStorage.getItem(LAST_TEMPLATE);
}
