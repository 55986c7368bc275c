// What is said while the queue is held, and the way to log in again without leaving the page.

import { LOGGED_OUT } from "./access.js";
import { $ } from "./settings.js";

const dialog = $("login-again");
const login = $("login-again-form");
const wordsFor = (why) => {
  if (why === LOGGED_OUT) return "Your session has ended. Log in to go on; files wait here until then.";
  return navigator.onLine
    ? "The portal can’t be reached. Files wait here and go on by themselves once it can."
    : "You are offline. Files wait here and go on by themselves once you are back.";
};

export class Hold {
  #queue;
  #access;
  #shown;

  constructor(queue, access) {
    this.#queue = queue;
    this.#access = access;
    queue.addEventListener("held", () => this.#show());
    $("hold-act").addEventListener("click", () => dialog.showModal());
    $("login-again-later").addEventListener("click", () => dialog.close());
    login.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#logIn();
    });
  }

  #show() {
    const why = this.#queue.held;
    const before = this.#shown;
    this.#shown = why;
    $("hold").hidden = !why;
    if (why) this.#say(wordsFor(why));
    else if (before) $("status").textContent = "Uploading goes on";
    $("hold-act").hidden = why !== LOGGED_OUT;
    if (why === LOGGED_OUT && before !== why) dialog.showModal();
    else if (why !== LOGGED_OUT && dialog.open) dialog.close();
  }

  #say(words) {
    if ($("hold-text").textContent === words) return;
    $("hold-text").textContent = words;
    $("alert").textContent = words;
  }

  async #logIn() {
    const button = login.querySelector("button");
    button.disabled = true;
    this.#complain("");
    try {
      const fault = await send(login.elements.username.value, login.elements.password.value);
      if (fault) this.#complain(fault);
      else await this.#access.check();
    } catch {
      this.#complain("The portal can’t be reached. Try again in a moment.");
    } finally {
      button.disabled = false;
      login.elements.password.value = "";
      if (dialog.open) login.elements.password.focus();
    }
  }

  #complain(sentence) {
    $("login-again-fault").hidden = !sentence;
    $("login-again-fault").lastElementChild.textContent = sentence;
  }
}

// By the log-in page's own form, so that the session is the same as after that page. A sentence when it fails, else "".
async function send(username, password) {
  const body = new URLSearchParams({ csrf_token: await formToken(), username, password, next: location.pathname });
  const answer = await fetch(login.action, { method: "POST", body, headers: { Accept: "text/html" } });
  if (answer.redirected && new URL(answer.url).pathname === location.pathname) return "";
  if (answer.redirected && new URL(answer.url).pathname === "/login/code")
    return "Your account has a second step: log in in a new tab, and come back.";
  const said = (await html(answer)).querySelector("#error-summary li, .flash p, .oops p");
  return said?.textContent.trim() || "That did not work. Use the log-in page in a new tab.";
}

// Of the log-in page, or of this one when it is somebody else who is logged in: the log-in page leads them on.
async function formToken() {
  const options = { headers: { Accept: "text/html" }, cache: "no-store", redirect: "manual" };
  const page = await fetch(login.action, options);
  const found = await html(page.type === "opaqueredirect" ? await fetch(location.pathname, options) : page);
  return found.querySelector("[name=csrf_token]").value;
}

const html = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");
