// The files on the page, and which of them are sent now. Tells its listeners of each item that is "added", "changed"
// or "removed". An item goes waiting -> sending -> queued (on the server) -> published, rejected or failed.

import { mayRetry } from "./states.js";

const TRANSFERS = 3;

export class Queue extends EventTarget {
  items = new Set();
  #transfer;
  #sending = 0;

  // `transfer(item)` sends one file and settles when there is nothing more to do for it here.
  constructor(transfer) {
    super();
    this.#transfer = transfer;
  }

  get sending() {
    return this.#sending;
  }

  // A file with a fault is shown, with what is wrong with it, and never sent.
  add(file, fault) {
    const item = { file, key: crypto.randomUUID(), state: "", words: "", ownCaption: "" };
    this.items.add(item);
    this.#tell("added", item);
    this.set(item, fault ? "rejected" : "waiting", fault ? `Rejected: ${fault}` : "Waiting");
  }

  set(item, state, words) {
    const stateBefore = item.state;
    Object.assign(item, { state, words });
    this.#tell("changed", item, stateBefore);
  }

  remove(item) {
    this.items.delete(item);
    this.#tell("removed", item);
  }

  // Send what waits, with its own caption before the one for all.
  start(caption, licence) {
    for (const item of this.items) {
      if (item.state !== "waiting" || item.go) continue;
      item.caption = [item.ownCaption.trim(), caption.trim()].filter(Boolean).join("\n");
      item.licence = licence;
      this.#go(item);
    }
    this.#pump();
  }

  // The key stays the same, so that a file that did arrive after all is not doubled.
  retry(item) {
    this.#go(item);
    this.#pump();
  }

  retryAll() {
    for (const item of this.items) if (mayRetry(item)) this.retry(item);
  }

  cancel(item) {
    item.cancelled = true;
    item.go = false;
    item.abort?.();
    this.set(item, "stopped", "Cancelled");
  }

  #go(item) {
    item.go = true;
    item.cancelled = false;
    this.set(item, "waiting", "Waiting");
  }

  #pump() {
    for (const item of this.items) {
      if (this.#sending >= TRANSFERS) return;
      if (item.state === "waiting" && item.go) this.#send(item);
    }
  }

  async #send(item) {
    this.#sending += 1;
    item.go = false;
    try {
      await this.#transfer(item);
    } finally {
      this.#sending -= 1;
      this.#tell("changed", item, item.state);
      this.#pump();
    }
  }

  #tell(what, item, stateBefore) {
    this.dispatchEvent(new CustomEvent(what, { detail: { item, stateBefore } }));
  }
}
