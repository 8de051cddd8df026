// What was loaded before, the newest first.

import { get } from "./api.js";
import { el, table } from "./dom.js";
import { count, isOver, sender, state, when } from "./words.js";

const PAGE = "/api/v1/uploads?include=template,owner&sort=-created_at&limit=25";
const BUSY_MS = 2000;
const COLUMNS = [["File"], ["Template"], ["By"], ["When"], ["Loaded", true], ["Rejected", true], ["State"]];

export async function history(me) {
  const place = el("div", {});
  let shown = [];
  let next = null;
  let timer = 0;

  const draw = () => {
    const more = el("button", { type: "button", onclick: older }, "Show older ones");
    place.replaceChildren(
      shown.length ? table("Uploads", COLUMNS, shown.map((each) => row(each, me))) : el("p", {}, "Nothing was loaded yet."),
      ...(next ? [more] : []),
    );
  };
  const refresh = async () => {
    clearTimeout(timer);
    const page = await get(PAGE);
    const fresh = new Set(page.items.map((each) => each.id));
    const before = shown.filter((each) => !fresh.has(each.id));
    shown = [...page.items, ...before];
    next = before.length ? next : page.next_cursor;
    draw();
    if (page.items.some((each) => !isOver(each.status))) timer = setTimeout(refresh, BUSY_MS);
  };
  const older = async () => {
    const page = await get(`${PAGE}&cursor=${encodeURIComponent(next)}`);
    shown = [...shown, ...page.items];
    next = page.next_cursor;
    draw();
  };

  await refresh();
  const section = el("section", { "aria-labelledby": "history" }, el("h2", { id: "history" }, "History"), place);
  return { section, refresh, leave: () => clearTimeout(timer) };
}

function row(upload, me) {
  return [
    el("a", { href: `#upload=${upload.id}` }, upload.file_name),
    upload.template?.name ?? "",
    sender(upload, me),
    el("time", { dateTime: upload.created_at }, when(upload.created_at)),
    count(upload.records_success),
    count(upload.records_failed),
    state(upload.status),
  ];
}
