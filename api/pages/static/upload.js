// One upload: how many rows are in, why the others are not, and what can be done about it.

import { get, send } from "./api.js";
import { mayDo } from "./account.js";
import { alertBox, el, say, show, table } from "./dom.js";
import { bytes, count, isOver, rows, state, took, when } from "./words.js";

const REJECTS_SHOWN = 50;
const REASONS = [["Column"], ["Rule"], ["Rows", true]];
const REJECTS = [["Line", true], ["Column"], ["Value"], ["Why it was refused"]];
const BUSY_MS = 1500;

const address = (id) => `/api/v1/uploads/${encodeURIComponent(id)}`;

export async function showUpload(me, id) {
  const upload = await get(`${address(id)}?include=template,owner`);
  const heading = [el("p", {}, el("a", { href: "#files" }, "All files"))];
  show(upload.file_name, ...heading, facts(upload), ...(await outcome(me, upload)));
  if (isOver(upload.status)) return undefined;
  const timer = setTimeout(() => showUpload(me, id), BUSY_MS);
  return () => clearTimeout(timer);
}

function facts(upload) {
  const told = [
    ["Template", upload.template?.name],
    ["Size", bytes(upload.file_size_bytes)],
    ["From", upload.owner?.email ?? "the inbox"],
    ["When", when(upload.created_at)],
    ["Took", took(upload.processing_time_ms)],
    ["Table", upload.details.destination],
  ];
  return el("dl", { className: "facts" }, told.filter(([, value]) => value).map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

// What became of the rows, as a heading and what follows it.
export async function outcome(me, upload) {
  const shown = [el("h3", {}, state(upload.status), " ", sentence(upload))];
  if (upload.error_message) shown.push(el("div", { className: "problem" }, el("p", {}, upload.error_message)));
  for (const warning of upload.details.warnings) shown.push(el("p", { className: "warning" }, warning));
  if (upload.records_failed) shown.push(...(await rejected(upload)));
  if (upload.duplicate_of_id) {
    shown.push(el("p", {}, "The same file ", el("a", { href: `#upload=${upload.duplicate_of_id}` }, "was loaded before"), "."));
  }
  if (upload.parent_upload_id) {
    shown.push(el("p", {}, "It corrects ", el("a", { href: `#upload=${upload.parent_upload_id}` }, "an earlier one"), "."));
  }
  return [...shown, actions(me, upload)];
}

function sentence(upload) {
  if (!isOver(upload.status)) return `${rows(upload.records_processed)} so far`;
  if (upload.status !== "succeeded") return "";
  const refused = upload.records_failed ? `, ${count(upload.records_failed)} rejected` : "";
  return `${rows(upload.records_success)} loaded${refused}`;
}

async function rejected(upload) {
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
      "), correct them, and load that file as any other."),
  ];
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
  if (upload.status === "failed" && mayDo(me, "uploads:create")) add("Try again", "retry");
  if (mayDo(me, "pipelines:view")) {
    const run = upload.dagster_run_id;
    const target = run ? `/dagster/runs/${run}` : "/dagster/assets/uploads";
    buttons.push(el("a", { href: target }, run ? "Its run in Dagster" : "Uploads in Dagster"));
  }
  return el("div", {}, alerts.box, el("div", { className: "actions" }, buttons));
}

// What a dry run tells.
export function preview(told) {
  return [
    el("h3", {}, `It would load ${rows(told.records_success)} and reject ${count(told.records_failed)}`),
    el("p", {}, "Nothing was changed."),
  ];
}
