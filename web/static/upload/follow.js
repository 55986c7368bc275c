// What the server says about files that have arrived: one request for all of them, slower while nothing changes.

import { settings } from "./settings.js";
import { look } from "./states.js";

const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 10000;
const IDS_AT_ONCE = 100;

export class Follower {
  #queue;
  #access;
  #items = new Map(); // by the upload's id
  #etags = new Map(); // by address
  #timer = 0;
  #wait = FIRST_WAIT_MS;

  constructor(queue, access) {
    this.#queue = queue;
    this.#access = access;
    queue.addEventListener("held", () => { if (!queue.held) this.#soon(); });
    queue.addEventListener("removed", ({ detail }) => this.#items.delete(detail.item.id));
    document.addEventListener("visibilitychange", () => this.#soon());
  }

  follow(item) {
    this.#items.set(item.id, item);
    this.#soon();
  }

  #soon() {
    this.#wait = FIRST_WAIT_MS;
    this.#plan();
  }

  #plan() {
    const open = [...this.#items.values()].some((item) => look(item).going);
    if (open && !this.#timer && !document.hidden) this.#timer = setTimeout(() => this.#turn(), this.#wait);
  }

  async #turn() {
    const open = [...this.#items.values()].filter((item) => look(item).going).map((item) => item.id);
    let changed = false;
    for (let from = 0; from < open.length; from += IDS_AT_ONCE) {
      const ids = open.slice(from, from + IDS_AT_ONCE);
      for (const upload of await this.#ask(ids)) changed = this.#show(upload) || changed;
    }
    this.#timer = 0;
    this.#wait = changed ? FIRST_WAIT_MS : Math.min(this.#wait * 1.25, LONGEST_WAIT_MS);
    this.#plan();
  }

  // The uploads that may have changed; none when the server says so, or nothing.
  async #ask(ids) {
    const url = `${settings.statusUrl}?ids=${ids.join(",")}&limit=${IDS_AT_ONCE}`;
    const headers = { Accept: "application/json" };
    if (this.#etags.has(url)) headers["If-None-Match"] = this.#etags.get(url);
    try {
      const response = await fetch(url, { headers, cache: "no-store" });
      if (response.status === 401) this.#access.check();
      if (response.status !== 200) return [];
      this.#etags = new Map([[url, response.headers.get("ETag") ?? ""]]);
      return (await response.json()).items;
    } catch {
      return []; // the next round asks again
    }
  }

  #show(upload) {
    const item = this.#items.get(upload.id);
    if (!item) return false;
    const before = item.words;
    if (upload.status === "published") item.pageUrl = upload.image?.page_url ?? "/uploads";
    this.#queue.set(item, ...stateOf(upload));
    return item.words !== before;
  }
}

function stateOf({ id, status, reason, attempts, queue_position: ahead }) {
  switch (status) {
    case "published":
      return ["published", "Published"];
    case "rejected":
      return ["rejected", `Rejected: ${reason?.message ?? "this file cannot be shared"}`];
    case "failed":
      return ["kept", `Failed: ${reason?.message ?? `we could not process it. Reference ${id.slice(-8)}`}`];
    case "processing":
      return ["processing", attempts > 1 ? `Retrying, attempt ${attempts}` : "Checking image"];
    default:
      if (attempts) return ["queued", `Retrying, attempt ${attempts + 1}`];
      return ["queued", `Uploaded, in queue${ahead ? ` (${ahead} ahead)` : ""}`];
  }
}
