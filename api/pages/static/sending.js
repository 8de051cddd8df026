// One file on its way: sent, accepted, loaded. Progress is shown, and said at the turns only.

import { sendForm } from "./api.js";
import { el, say } from "./dom.js";
import { bytes, isOver, rows } from "./words.js";

const UPLOADS = "/api/v1/uploads";

// Resolves to the upload as it ended.
export async function load(file, fields, place) {
  const bar = el("progress", { max: 1, value: 0, "aria-label": `Progress of ${file.name}` });
  const words = el("p", { className: "progress-words" });
  const stopping = new AbortController();
  const stop = el("button", { type: "button", className: "plain", onclick: () => stopping.abort() }, "Stop");
  place.replaceChildren(el("div", { className: "sending" }, words, bar, stop));
  say(`Sending ${file.name}.`);

  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  const progress = (sent, all) => {
    bar.value = sent / all;
    words.textContent = sent < all ? `Sending: ${bytes(sent)} of ${bytes(all)}` : "Checking and loading …";
  };
  progress(0, file.size || 1);
  const upload = await sendForm(UPLOADS, form, { progress, signal: stopping.signal });
  stop.remove();
  return upload.status === undefined || isOver(upload.status) ? upload : follow(upload, bar, words);
}

// Until the upload is over. The browser connects again by itself when the connection breaks.
export function follow(upload, bar, words) {
  bar.removeAttribute("value");
  return new Promise((resolve) => {
    const events = new EventSource(`${UPLOADS}/${upload.id}/events`);
    events.onmessage = (event) => {
      const now = JSON.parse(event.data);
      words.textContent = now.status === "queued"
        ? "Waiting for its turn …"
        : `Checking and loading: ${rows(now.records_processed)} so far`;
      if (isOver(now.status)) {
        events.close();
        resolve(now);
      }
    };
  });
}
