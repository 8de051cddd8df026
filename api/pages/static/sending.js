// One file on its way: sent, accepted, loaded. Progress is shown, and said at the turns only.

import { sendForm } from "./api.js";
import { el, say } from "./dom.js";
import { bytes, isOver, rows } from "./words.js";

const UPLOADS = "/api/v1/uploads";

// Resolves to the id of the upload when it is over. The template's field stands before the file, so that the server knows its limit.
export async function load(file, fields, place) {
  const shown = progressBar(`Progress of ${file.name}`);
  const stopping = new AbortController();
  const stop = el("button", { type: "button", className: "plain", onclick: () => stopping.abort() }, "Stop");
  place.replaceChildren(el("div", { className: "sending" }, shown.parts, stop));
  say(`Sending ${file.name}.`);

  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  const progress = (sent, all) =>
    shown.tell(sent < all ? `Sending: ${bytes(sent)} of ${bytes(all)}` : "Checking and loading …", sent / all);
  progress(0, file.size || 1);
  const upload = await sendForm(UPLOADS, form, { progress, signal: stopping.signal });
  stop.remove();
  if (!isOver(upload.status)) await follow(upload.id, shown);
  return upload.id;
}

// Until the upload is over. The browser connects again by itself when the connection breaks.
export function follow(id, shown, signal) {
  return new Promise((resolve) => {
    const events = new EventSource(`${UPLOADS}/${id}/events`);
    events.addEventListener("progress", (event) => shown.tell(...stage(JSON.parse(event.data))));
    events.addEventListener("finished", () => {
      events.close();
      resolve();
    });
    signal?.addEventListener("abort", () => events.close());
  });
}

export function progressBar(label) {
  const bar = el("progress", { max: 1, "aria-label": label });
  const words = el("p", { className: "progress-words" });
  const tell = (sentence, part) => {
    words.textContent = sentence;
    if (part === undefined) bar.removeAttribute("value");
    else bar.value = part;
  };
  return { parts: [words, bar], tell };
}

// What to say, and which part is done where that is known.
function stage(state) {
  if (state.status === "queued") return ["Waiting for its turn …"];
  if (state.is_being_cancelled) return ["Being cancelled …"];
  const { progress } = state;
  if (progress === null) return ["Checking and loading …"];
  const done = progress.rows_accepted + progress.rows_rejected;
  if (progress.stage === "writing") return [`Writing ${rows(progress.rows_accepted)} …`];
  return [`Checking: ${rows(done)} so far`, progress.bytes_total ? progress.bytes_done / progress.bytes_total : undefined];
}
