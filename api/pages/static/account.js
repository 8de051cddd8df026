// Logging in and out, and the links that come by mail.

import { get, send } from "./api.js";
import { el, field, form, say, show } from "./dom.js";

const API = "/api/v1";

export async function whoAmI() {
  try {
    return await get(`${API}/me`);
  } catch (error) {
    if (error.status === 401) return null;
    throw error;
  }
}

export function mayDo(me, permission) {
  return me.permissions.includes("*") || me.permissions.includes(permission);
}

export async function logOut() {
  await send("DELETE", `${API}/sessions/current`);
}

export function showLogin(after) {
  const email = el("input", { type: "email", name: "email", autocomplete: "username", required: true });
  const password = secret("current-password");
  show(
    "Log in",
    form("Log in", [field("E-mail address", email), field("Password", password)], async () => {
      await send("POST", `${API}/sessions`, { email: email.value, password: password.value });
      after();
    }),
    el("p", {}, el("a", { href: "#forgotten" }, "I have lost my password")),
  );
  email.focus();
}

export function showForgotten() {
  const email = el("input", { type: "email", name: "email", autocomplete: "username", required: true });
  show(
    "Lost password",
    form("Send me a link", field("E-mail address", email, "A link to it lets you set a new password."), async () => {
      const { detail } = await send("POST", `${API}/password-resets`, { email: email.value });
      showDone("Look into your mails", detail);
    }),
    el("p", {}, el("a", { href: "#files" }, "Back to the log-in")),
  );
}

export function showReset(token) {
  const password = secret("new-password");
  password.minLength = 8;
  const hint = "At least 8 characters. A few words that do not belong together make a good one.";
  show(
    "Set a password",
    form("Set this password", field("New password", password, hint), async () => {
      await send("POST", `${API}/password-resets/confirm`, { token, password: password.value });
      showDone("The password is set", "You can log in with it.");
    }),
  );
}

export async function showVerified(token) {
  try {
    await send("POST", `${API}/email-verifications`, { token });
    showDone("Thank you", "This is your e-mail address.");
  } catch (error) {
    showDone("That did not work", error.message);
  }
}

function showDone(title, sentence) {
  say(sentence);
  show(title, el("p", {}, sentence), el("p", {}, el("a", { href: "#files" }, "Go on")));
}

function secret(autocomplete) {
  return el("input", { type: "password", name: "password", autocomplete, required: true });
}
