// One upload: how many rows are in, why the others are not, and what can be done about it.

import { get, send } from "./api.js";
import { mayDo } from "./account.js";
import { alertBox, el, field, say, show, table } from "./dom.js";
import { follow, load, progressBar } from "./sending.js";
import { bytes, count, isOver, rows, sender, state, took, when } from "./words.js";

const REJECTS_SHOWN = 50;
const NO_DETAILS = { warnings: [], top_reasons: [], changes: [], columns: [], removed: 0 };
const KINDS = { insert: "new", update: "changed", delete: "taken out" };
const REASONS = [["Column"], ["Rule"], ["Rows", true]];
const REJECTS = [["Line", true], ["Column"], ["Value"], ["Why it was refused"]];

const address = (id) => `/api/v1/uploads/${encodeURIComponent(id)}`;

export async function showUpload(me, id) {
  const upload = await read(id);
  const back = el("p", {}, el("a", { href: "#files" }, "All files"));
  const bar = progressBar("Progress");
  const busy = isOver(upload.status) ? [] : [el("div", { className: "sending" }, bar.parts)];
  show(upload.file_name, back, facts(me, upload), ...busy, ...(await outcome(me, upload, "h2")));
  if (isOver(upload.status)) return undefined;
  const leaving = new AbortController();
  follow(id, bar, leaving.signal).then(() => showUpload(me, id));
  return () => leaving.abort();
}

export async function read(id) {
  const upload = await get(`${address(id)}?include=template,owner`);
  return { ...upload, details: { ...NO_DETAILS, ...upload.details } };
}

function facts(me, upload) {
  const told = [
    ["Template", upload.template?.name],
    ["Size", bytes(upload.file_size_bytes)],
    ["From", sender(upload, me)],
    ["When", when(upload.created_at)],
    ["Took", took(upload.processing_time_ms)],
    ["Table", upload.details.destination],
  ];
  return el("dl", { className: "facts" }, told.filter(([, value]) => value).map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

// What became of the rows, as a heading and what follows it.
export async function outcome(me, upload, heading) {
  const shown = [el(heading, {}, state(upload.status, sentence(upload)))];
  if (upload.error_message) shown.push(el("div", { className: "problem" }, el("p", {}, upload.error_message)));
  for (const warning of upload.details.warnings) shown.push(el("p", { className: "warning" }, warning));
  shown.push(...change(upload), ...sample(upload));
  if (upload.records_failed) shown.push(...(await rejected(me, upload)));
  if (upload.duplicate_of_id) {
    shown.push(el("p", {}, "The same file ", el("a", { href: `#upload=${upload.duplicate_of_id}` }, "was loaded before"), "."));
  }
  if (upload.parent_upload_id) {
    shown.push(el("p", {}, "It corrects ", el("a", { href: `#upload=${upload.parent_upload_id}` }, "an earlier one"), "."));
  }
  return [...shown, actions(me, upload)];
}

function sentence(upload) {
  const { details } = upload;
  const refused = upload.records_failed ? `, ${count(upload.records_failed)} rejected` : "";
  switch (upload.status) {
    case "succeeded":
      return `${rows(upload.records_success)} loaded${refused}`;
    case "previewed":
      return `${rows(upload.records_success)} would be loaded${refused}. Nothing was changed.`;
    case "undone":
      return `${rows(details.removed)} taken out again`;
    default:
      return "";
  }
}

// What the load did, or would do, to the table.
function change(upload) {
  const { details } = upload;
  const told = [["New", "inserted"], ["Changed", "updated"], ["As they were", "unchanged"], ["Taken out", "deleted"]]
    .filter(([, name]) => details[name])
    .map(([words, name]) => [words, count(details[name])]);
  return told.length > 1 || (told.length === 1 && upload.is_dry_run)
    ? [table(`Rows of ${details.destination ?? "the table"}`, [["Change"], ["Rows", true]], told)]
    : [];
}

// Which rows a dry run would change: what differs, as it is and as it would be.
function sample(upload) {
  const { changes, columns } = upload.details;
  if (!changes.length) return [];
  const names = columns.map(([name]) => name);
  const cell = ({ before, after }, name) => {
    const [old, fresh] = [before?.[name] ?? "", after?.[name] ?? ""];
    if (!before || !after || old === fresh) return after ? fresh : old;
    return `${old || "nothing"} → ${fresh || "nothing"}`;
  };
  const lines = changes.map((each) => [KINDS[each.kind], ...names.map((name) => cell(each, name))]);
  return [table("The first of them", [["Change"], ...names.map((name) => [name])], lines)];
}

async function rejected(me, upload) {
  const page = await get(`${address(upload.id)}/rejects?limit=${REJECTS_SHOWN}`);
  const lines = page.items.flatMap((each) => each.errors.map((error) =>
    [count(each.line_number), error.column ?? "", error.value ?? "", error.message]));
  const all = upload.records_failed;
  const caption = page.items.length < all
    ? `The first ${page.items.length} of ${count(all)} rejected rows`
    : "Rejected rows";
  const reasons = upload.details.top_reasons.map((each) => [each.column ?? "", each.rule, count(each.count)]);
  return [
    ...(reasons.length > 1 ? [table("Most frequent reasons", REASONS, reasons)] : []),
    table(caption, REJECTS, lines),
    el("p", {},
      el("a", { href: `${address(upload.id)}/reject-file?format=xlsx`, download: "" }, "Download the rejected rows"),
      ` (or as `, el("a", { href: `${address(upload.id)}/reject-file?format=csv`, download: "" }, "CSV"),
      "), correct them, and load that file."),
    ...(mayDo(me, "uploads:create") && !upload.is_dry_run ? [corrected(upload)] : []),
  ];
}

// The file with the corrections is linked to the first one, whatever it is called.
function corrected(upload) {
  const alerts = alertBox();
  const place = el("div", {});
  const input = el("input", { type: "file", onchange: async () => {
    alerts.clear();
    try {
      const id = await load(input.files[0], { resend_of: upload.id }, place);
      location.hash = `#upload=${id}`;
    } catch (error) {
      place.replaceChildren();
      alerts.tell(error);
    }
    input.value = "";
  } });
  return el("div", {}, alerts.box, field("Corrected file", input), place);
}

function actions(me, upload) {
  const alerts = alertBox();
  const buttons = [];
  const add = (words, path, question) => buttons.push(el("button", { type: "button", className: "plain", onclick: async () => {
    alerts.clear();
    if (question && !window.confirm(question)) return;
    try {
      await send("POST", `${address(upload.id)}/${path}`);
      say("Done.");
      location.hash = `#upload=${upload.id}`;
      await showUpload(me, upload.id);
    } catch (error) {
      alerts.tell(error);
    }
  } }, words));
  if (upload.status === "succeeded" && mayDo(me, "uploads:undo")) {
    add("Undo", "undo", `Take the ${rows(upload.records_success)} of ${upload.file_name} out again?`);
  }
  if (!isOver(upload.status) && mayDo(me, "uploads:cancel")) add("Cancel", "cancel");
  if (["failed", "cancelled", "previewed"].includes(upload.status) && mayDo(me, "uploads:create")) {
    add(upload.status === "previewed" ? "Load it" : "Try again", "load");
  }
  if (mayDo(me, "pipelines:view")) {
    const run = upload.dagster_run_id;
    const events = `/dagster/assets/uploads?view=events&partition=${encodeURIComponent(upload.template?.name ?? "")}`;
    buttons.push(el("a", { href: run ? `/dagster/runs/${run}` : events }, run ? "Its run in Dagster" : "Its table in Dagster"));
  }
  return el("div", {}, alerts.box, el("div", { className: "actions" }, buttons));
}
