// Which view the address asks for: everything after `#`, so that one page is enough and tokens never reach a log.

import { logOut, mayDo, showForgotten, showLogin, showReset, showVerified, whoAmI } from "./account.js";
import { el, show } from "./dom.js";
import { showFiles } from "./files.js";
import { showUpload } from "./upload.js";

const nav = document.getElementById("nav");
let leave = () => {};

async function open() {
  leave();
  leave = () => {};
  const [view, value] = location.hash.slice(1).split("=", 2);
  if (view === "main") return;
  if (view === "reset") return forget(() => showReset(value));
  if (view === "verify") return forget(() => showVerified(value));
  try {
    const me = await whoAmI();
    showNav(me);
    if (me === null) return view === "forgotten" ? showForgotten() : showLogin(afterLogin);
    const opened = view === "upload" ? await showUpload(me, value) : await showFiles(me);
    leave = opened ?? leave;
  } catch (error) {
    show("That did not work", el("p", {}, error.message), el("p", {}, el("a", { href: "#files" }, "Files")));
  }
}

// The token must not stay in the history of the browser.
function forget(next) {
  history.replaceState(null, "", "/");
  showNav(null);
  return next();
}

// Whoever was sent here from another page of the platform goes back there, and nowhere else.
function afterLogin() {
  const next = new URLSearchParams(location.search).get("next") ?? "";
  const target = new URL(next, location.origin);
  if (target.origin === location.origin && target.pathname.startsWith("/dagster")) location.assign(target);
  else open();
}

function showNav(me) {
  if (me === null) return nav.replaceChildren();
  const links = [el("a", { href: "#files" }, "Files")];
  if (mayDo(me, "pipelines:view")) links.push(el("a", { href: "/dagster" }, "Dagster"));
  links.push(el("a", { href: "/api/docs" }, "API"));
  const out = el("button", { type: "button", className: "plain", onclick: async () => {
    await logOut();
    open();
  } }, "Log out");
  nav.replaceChildren(...links, el("span", { className: "who" }, me.email), out);
}

window.addEventListener("hashchange", open);
open();
