// How numbers, times and states are said.

const numbers = new Intl.NumberFormat("en");
const times = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

export const count = (value) => numbers.format(value);

export const rows = (value) => `${count(value)} ${value === 1 ? "row" : "rows"}`;

export const when = (time) => (time ? times.format(new Date(time)) : "");

export function bytes(value) {
  const units = ["B", "KB", "MB", "GB"];
  let power = 0;
  while (value >= 1000 && power < units.length - 1) {
    value /= 1000;
    power += 1;
  }
  return `${value < 10 && power ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

export function took(milliseconds) {
  if (milliseconds === null) return "";
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

const STATES = {
  queued: ["waiting", "busy"],
  running: ["loading", "busy"],
  succeeded: ["loaded", "good"],
  failed: ["failed", "bad"],
  duplicate: ["loaded before", "quiet"],
  quarantined: ["refused", "bad"],
  cancelled: ["cancelled", "quiet"],
  undone: ["undone", "quiet"],
  previewed: ["only tried", "quiet"],
};

export const isOver = (status) => !["queued", "running"].includes(status);

// `sentence` instead of the state's own words, where there is more to say.
export function state(status, sentence) {
  const [words, kind] = STATES[status] ?? [status, "quiet"];
  const made = document.createElement("span");
  made.className = `state ${kind}`;
  made.textContent = sentence || words;
  return made;
}

export function sender(upload, me) {
  if (upload.source === "drop") return "inbox";
  if (upload.source === "cli") return "command line";
  const { id, first_name: first, last_name: last } = upload.owner ?? {};
  return id === me.id ? "you" : [first, last].filter(Boolean).join(" ") || "somebody";
}
