// What the server says about files that have arrived, shown on their items.

import { Poll, stateOf } from "./poll.js";
import { settings } from "./settings.js";
import { look } from "./states.js";

export class Follower {
  #queue;
  #items = new Map(); // by the upload's id
  #poll;

  constructor(queue, access) {
    this.#queue = queue;
    this.#poll = new Poll(settings.statusUrl, {
      ids: () => [...this.#items.values()].filter((item) => look(item).going).map((item) => item.id),
      told: (uploads) => uploads.map((upload) => this.#show(upload)).includes(true),
      loggedOut: () => access.check(),
    });
    queue.addEventListener("held", () => { if (!queue.held) this.#poll.soon(); });
    queue.addEventListener("removed", ({ detail }) => this.#items.delete(detail.item.id));
  }

  follow(item) {
    this.#items.set(item.id, item);
    this.#poll.soon();
  }

  // Whether its state is another one; places in the queue change too often to count as news.
  #show(upload) {
    const item = this.#items.get(upload.id);
    if (!item) return false;
    const before = item.state;
    if (upload.status === "published") item.pageUrl = upload.image?.page_url ?? "/uploads";
    const [state, words] = stateOf(upload);
    const [alike] = upload.similar ?? [];
    if (alike) item.alikeUrl = item.pageUrl.replace(upload.id, alike);
    this.#queue.set(item, state, alike ? `${words}. It looks like one of yours` : words);
    return item.state !== before;
  }
}
