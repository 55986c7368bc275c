// Unsent files outlive the page: in this browser's IndexedDB, until the portal has them or they are removed. Bytes are
// written once, what changes about them is kept beside. Each page owns its files by a lock, so that a second tab leaves
// them alone, and the next page takes them over when this one is gone.

import { form } from "./settings.js";
import { isUnsent } from "./states.js";

const DATABASE = "unsent-uploads"; // shell/main.js deletes it on logging out
const MAX_BYTES = 2 ** 30;
const MAX_FILES = 1000;
const KEPT_DAYS = 14;
const LOCK_PATIENCE_MS = 1000; // a page that is being reloaded still holds its lock for a moment

export class Keeper {
  #database = null;
  #page = crypto.randomUUID();
  #bytes = new Map(); // of what is kept, by key
  #count = 0;
  #last;
  #add;
  #lost;

  // `add(file, known)` is told of each file that was left, `lost(item)` of each that can't be kept.
  constructor(add, lost) {
    this.#add = add;
    this.#lost = lost;
    this.#last = this.#restore();
  }

  // To be told of each change of an item.
  changed(item) {
    if (!isUnsent(item)) {
      this.forget(item);
      return;
    }
    const { key, ownCaption, caption, licence, album, go } = item;
    const failed = item.state === "failed" ? item.words : undefined;
    const known = { key, ownCaption, caption, licence, album, go, failed };
    const noted = JSON.stringify(known);
    if (item.noted === noted) return;
    item.noted = noted;
    this.#afterwards(() => this.#keep(item, known));
  }

  forget(item) {
    if (!item.noted) return;
    item.noted = "";
    this.#afterwards(() => (this.#bytes.delete(item.key) ? this.#write(item.key, null) : null));
  }

  // Takes over what pages that are gone have left, oldest first. Without IndexedDB, nothing is kept.
  async #restore() {
    try {
      this.#database = await opened();
      await claim(this.#page);
      const notes = await this.#read((_, kept) => kept.getAll());
      for (const note of notes.sort((one, other) => one.order - other.order)) {
        if (Date.now() - note.at > KEPT_DAYS * 24 * 3600 * 1000) await this.#write(note.key, null);
        else if (note.viewer === form.dataset.viewer && await claim(note.page)) await this.#takeOver(note);
      }
    } catch {
      this.#database = null;
    }
  }

  // Each keeps its place: this page may be gone too before it has noted all of them as its own.
  async #takeOver({ key, order, known }) {
    const kept = await this.#read((files) => files.get(key));
    this.#bytes.set(key, kept.file.size);
    this.#add(kept.file, { ...known, order });
  }

  async #keep(item, known) {
    if (!item.noted) return; // forgotten meanwhile
    const { key, file } = item;
    const fresh = !this.#bytes.has(key);
    item.order ??= Date.now() * 1000 + this.#count++;
    const note = { key, order: item.order, at: Date.now(), page: this.#page, viewer: form.dataset.viewer, known };
    try {
      if (fresh && !this.#fits(file.size)) throw new Error("there is no place for it");
      await this.#write(key, note, fresh ? { key, file } : null);
      this.#bytes.set(key, file.size);
    } catch {
      this.#lost(item);
    }
  }

  #fits(bytes) {
    const kept = [...this.#bytes.values()].reduce((sum, one) => sum + one, 0);
    return this.#database && this.#bytes.size < MAX_FILES && kept + bytes <= MAX_BYTES;
  }

  // One after the other, in the order of what happened.
  #afterwards(step) {
    this.#last = this.#last.then(step, step);
  }

  #read(ask) {
    const stores = this.#database.transaction(["files", "notes"]);
    return settled(ask(stores.objectStore("files"), stores.objectStore("notes")));
  }

  #write(key, note, file = null) {
    return new Promise((resolve, reject) => {
      const change = this.#database.transaction(["files", "notes"], "readwrite", { durability: "relaxed" });
      change.oncomplete = resolve;
      change.onabort = () => reject(change.error);
      if (file) change.objectStore("files").put(file);
      if (note) change.objectStore("notes").put(note);
      else for (const store of ["files", "notes"]) change.objectStore(store).delete(key);
    });
  }
}

async function opened() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    for (const store of ["files", "notes"]) request.result.createObjectStore(store, { keyPath: "key" });
  };
  const database = await settled(request);
  database.onversionchange = () => database.close();
  return database;
}

const settled = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// Whether a page's files are ours now: true for good once its lock is held by nobody else.
const claims = new Map();
function claim(page) {
  if (!claims.has(page)) {
    claims.set(page, new Promise((resolve) => {
      const hold = () => {
        resolve(true);
        return new Promise(() => {}); // until this page is gone
      };
      navigator.locks.request(`unsent-${page}`, { signal: AbortSignal.timeout(LOCK_PATIENCE_MS) }, hold)
        .catch(() => resolve(false));
    }));
  }
  return claims.get(page);
}
