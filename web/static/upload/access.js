// Whether the portal can be reached, and still knows who we are. While not, the queue is held: it goes on by itself once
// the portal answers again, and once the person has logged in, here or in another tab.

import { form, settings } from "./settings.js";

const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 30000;
const GATEWAY_FAULTS = [502, 503, 504];
const OFFLINE = "offline";
export const LOGGED_OUT = "logged out";

export class Access {
  #queue;
  #checking = null;
  #timer = 0;
  #wait = FIRST_WAIT_MS;

  constructor(queue) {
    this.#queue = queue;
    addEventListener("online", () => this.check());
    addEventListener("offline", () => this.#unreachable());
    addEventListener("focus", () => this.#again());
    document.addEventListener("visibilitychange", () => this.#again());
  }

  // Whether an answer is due to one of the two, and not to the file it was about. `token`: the one that was sent along.
  async hinders({ status, body = {}, token }) {
    const refused = status === 401 || (status === 400 && body.code === "csrf");
    if (status !== 0 && !refused) return false;
    await this.check();
    return Boolean(this.#queue.held) || (refused && token !== settings.formToken);
  }

  // Look, and hold or release the queue. Several who ask at once share one look.
  check() {
    this.#checking ??= this.#check().finally(() => { this.#checking = null; });
    return this.#checking;
  }

  async #check() {
    clearTimeout(this.#timer);
    const seen = await this.#look();
    if (seen === "unreachable") {
      this.#unreachable();
      return;
    }
    this.#wait = FIRST_WAIT_MS;
    if (seen === "logged out") this.#queue.hold(LOGGED_OUT, "Paused: log in to go on");
    else this.#queue.release(LOGGED_OUT);
    this.#queue.release(OFFLINE);
  }

  // This page anew: it tells whether we are logged in, as whom, and the form token of that session.
  async #look() {
    let page;
    try {
      const headers = { Accept: "text/html" };
      page = await fetch(location.pathname, { headers, redirect: "manual", cache: "no-store" });
    } catch {
      return "unreachable";
    }
    if (page.type === "opaqueredirect") return "logged out"; // to the log-in page
    if (!page.ok) return GATEWAY_FAULTS.includes(page.status) ? "unreachable" : "here";
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html").getElementById("upload");
    if (fresh?.dataset.viewer !== form.dataset.viewer) return "logged out"; // it is somebody else's session now
    settings.formToken = fresh.elements.csrf_token.value;
    return "here";
  }

  #unreachable() {
    this.#queue.hold(OFFLINE, navigator.onLine ? "Paused: the portal can’t be reached" : "Paused while offline");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.check(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
  }

  // The person is back, perhaps from logging in elsewhere.
  #again() {
    if (this.#queue.held && !document.hidden) this.check();
  }
}
