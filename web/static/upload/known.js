// Whether a chosen file is among one's images already, told by its digest before it is sent. Files are hashed one after the
// other, off the page's thread. It is a courtesy: what can't be found out is sent.

import { settings } from "./settings.js";

const AT_ONCE = 20; // so that the first rows know soon; the API takes 100

export class Known {
  #queue;
  #todo = [];
  #running = false;

  constructor(queue) {
    this.#queue = queue;
    queue.addEventListener("added", ({ detail: { item } }) => this.#glance(item));
  }

  // Whether a file that is about to be sent is left out, since it is here already and nobody said to send it anyway.
  async leavesOut(item) {
    if (item.anyway) return false;
    await this.#look(item);
    if (!this.#queue.items.has(item) || item.cancelled) return true;
    if (item.twin) this.#queue.leaveOut(item);
    else item.anyway = true; // the next try looks no more: by then it may be here by the first
    return Boolean(item.twin);
  }

  async #glance(item) {
    if (item.anyway) return;
    await this.#look(item);
    if (item.twin && item.state === "waiting" && !item.go) this.#queue.leaveOut(item);
  }

  #look(item) {
    item.looked ??= new Promise((resolve) => {
      this.#todo.push({ item, resolve });
      this.#run();
    });
    return item.looked;
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    while (this.#todo.length) {
      const some = this.#todo.splice(0, AT_ONCE);
      try {
        await find(some.map(({ item }) => item));
      } catch {
        // The portal can't be asked now. Sending finds out why.
      }
      for (const { resolve } of some) resolve();
    }
    this.#running = false;
  }
}

async function find(items) {
  const byDigest = new Map();
  for (const item of items) {
    const digest = await digestOf(item.file);
    if (digest) byDigest.set(digest, [...(byDigest.get(digest) ?? []), item]);
  }
  if (!byDigest.size) return;
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": settings.formToken };
  const body = JSON.stringify({ sha256: [...byDigest.keys()] });
  const answer = await fetch(settings.knownUrl, { method: "POST", headers, body });
  if (!answer.ok) return;
  for (const { sha256, image } of (await answer.json()).items) {
    for (const item of byDigest.get(sha256)) item.twin = { pageUrl: image.page_url, picture: image.thumbnail_url };
  }
}

// Hex; "" for what is not to be sent, or can't be read, and on plain http, where browsers don't hash.
async function digestOf(file) {
  if (!crypto.subtle || file.size === 0 || file.size > settings.maxBytes) return "";
  try {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  } catch {
    return "";
  }
}
