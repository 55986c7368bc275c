// The files on the page, and which of them are sent now. Tells its listeners of each item that is "added", "changed"
// or "removed", and when it is "held". An item goes waiting -> sending -> queued (on the server) -> published,
// rejected or failed; while the queue is held it is paused, and begins again afterwards.

import { glance } from "./inspect.js";
import { isUnsent, mayRetry } from "./states.js";

const TRANSFERS = 3;

export class Queue extends EventTarget {
  items = new Set();
  #transfer;
  #sending = new Set();
  #holds = new Map(); // why -> the words of a file that is paused for it

  // `transfer(item)` sends one file. It settles true when the file is to be sent again once the queue is not held.
  constructor(transfer) {
    super();
    this.#transfer = transfer;
  }

  // A new file, or with `known` one that was here before: its key, captions, licence, album, whether it was
  // on its way, and how it failed.
  add(file, known = {}) {
    const item = { file, key: crypto.randomUUID(), ownCaption: "", go: false, state: "", words: "", ...known };
    item.anyway = Boolean(known.go || known.failed); // it may be here by the first try
    this.items.add(item);
    this.#tell("added", { item });
    this.set(item, ...(known.failed ? ["failed", known.failed] : this.#rest(item)));
    glance(file).then((fault) => this.judge(item, { fault }));
    this.#pump();
  }

  set(item, state, words) {
    const stateBefore = item.state;
    Object.assign(item, { state, words });
    this.#tell("changed", { item, stateBefore });
  }

  // What an inspection has found, unless the file is on its way already.
  judge(item, { fault, picture }) {
    if (picture) item.pixels = `${picture.naturalWidth} × ${picture.naturalHeight}`;
    if (fault && ["waiting", "paused"].includes(item.state)) this.set(item, "rejected", `Rejected: ${fault}`);
    else this.set(item, item.state, item.words);
  }

  remove(item) {
    this.items.delete(item);
    this.#tell("removed", { item });
  }

  // Send what waits, with its own caption before the one for all. False when nothing does.
  start(caption, licence, album) {
    const waiting = [...this.items].filter((item) => item.state === "waiting" && !item.go);
    for (const item of waiting) {
      item.caption = [item.ownCaption.trim(), caption.trim()].filter(Boolean).join("\n");
      item.licence = licence;
      item.album = album;
      this.#go(item);
    }
    this.#pump();
    return waiting.length > 0;
  }

  // The key stays the same, so that a file that did arrive after all is not doubled.
  retry(item) {
    this.#go(item);
    this.#pump();
  }

  retryAll() {
    for (const item of this.items) if (mayRetry(item)) this.retry(item);
  }

  // It is here already. Nothing is sent until its person says so.
  leaveOut(item) {
    this.set(item, "known", "You have this already");
  }

  // With the rest, or at once when the rest was started already.
  sendAnyway(item) {
    item.anyway = true;
    if (item.caption === undefined) this.set(item, ...this.#rest(item));
    else this.retry(item);
  }

  cancel(item) {
    item.cancelled = true;
    item.go = false;
    item.abort?.();
    this.set(item, "stopped", "Cancelled");
  }

  // Begin no more files until released. Those whose next try is to come wait too.
  hold(why, words) {
    this.#holds.set(why, words);
    for (const item of this.items) {
      if (item.state === "retrying") item.abort();
      else if (item.go && isUnsent(item) && !this.#sending.has(item)) this.set(item, ...this.#rest(item));
    }
    this.#tell("held");
  }

  release(why) {
    if (!this.#holds.delete(why)) return;
    for (const item of this.items) if (item.state === "paused") this.set(item, ...this.#rest(item));
    this.#tell("held");
    this.#pump();
  }

  // Why it is held: the latest reason, or undefined.
  get held() {
    return [...this.#holds.keys()].at(-1);
  }

  get unsent() {
    return [...this.items].filter(isUnsent);
  }

  #go(item) {
    item.go = true;
    item.cancelled = false;
    this.set(item, ...this.#rest(item));
  }

  #rest(item) {
    return item.go && this.held ? ["paused", this.#holds.get(this.held)] : ["waiting", "Waiting"];
  }

  #pump() {
    for (const item of this.items) {
      if (this.held || this.#sending.size >= TRANSFERS) return;
      if (item.state === "waiting" && item.go && !this.#sending.has(item)) this.#send(item);
    }
  }

  async #send(item) {
    let again = false;
    this.#sending.add(item);
    try {
      again = await this.#transfer(item);
    } finally {
      this.#sending.delete(item);
      item.go = again && !item.cancelled;
      this.set(item, ...(item.go ? this.#rest(item) : [item.state, item.words]));
      this.#pump();
    }
  }

  #tell(what, detail = {}) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}
