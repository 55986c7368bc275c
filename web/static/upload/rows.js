// The list: one row a file, with its picture, its state and the one thing that can be done about it.

import { inspect } from "./inspect.js";
import { $, size } from "./settings.js";
import { look } from "./states.js";

const icons = $("state-icons").content;
const list = $("rows");

export class Rows {
  #queue;
  #rows = new Map(); // item -> row
  #items = new WeakMap(); // row -> item
  #seen = new IntersectionObserver((entries) => this.#inSight(entries), { rootMargin: "200px" });

  constructor(queue) {
    this.#queue = queue;
    queue.addEventListener("added", ({ detail }) => this.#add(detail.item));
    queue.addEventListener("changed", ({ detail }) => this.#show(detail.item, detail.stateBefore));
    queue.addEventListener("removed", ({ detail }) => this.#remove(detail.item));
  }

  #add(item) {
    const row = $("row-template").content.firstElementChild.cloneNode(true);
    const name = row.querySelector(".row-name");
    const caption = row.querySelector("textarea");
    name.id = `name-${item.key}`;
    name.title = item.file.name;
    name.firstElementChild.textContent = item.file.name;
    row.querySelector("progress").setAttribute("aria-labelledby", name.id);
    caption.setAttribute("aria-label", `Caption of ${item.file.name}`);
    caption.value = item.ownCaption;
    if (item.ownCaption) row.querySelector(".row-caption").open = true;
    caption.addEventListener("input", () => {
      item.ownCaption = caption.value;
      this.#queue.set(item, item.state, item.words); // it has changed: what keeps it wants to know
    });
    row.addEventListener("keydown", (event) => {
      if (event.key !== "Delete" || event.target.closest("textarea")) return;
      const { act, more } = look(item);
      if ((["Remove", "Retry"].includes(act) || more) && !item.go) this.#queue.remove(item);
    });
    this.#rows.set(item, row);
    this.#items.set(row, item);
    list.append(row);
    this.#seen.observe(row);
  }

  #show(item, stateBefore) {
    const row = this.#rows.get(item);
    if (!row) return;
    if (item.state !== stateBefore) this.#dress(item, row);
    const facts = [size(item.file.size), item.pixels].filter(Boolean);
    row.querySelector(".row-info").textContent = facts.join(" · ");
    row.querySelector(".row-caption").hidden = item.state !== "waiting" || Boolean(item.go);
    row.querySelector("progress").value = item.percent ?? 0;
    row.querySelector("[data-state]").lastElementChild.textContent = item.words;
  }

  #dress(item, row) {
    const state = look(item);
    const line = row.querySelector("[data-state]");
    line.className = `state state-${item.state}${state.busy ? " state-busy" : ""}`;
    line.replaceChildren(
      icons.querySelector(`[data-icon=${state.icon}]`).firstElementChild.cloneNode(true),
      document.createElement("span"),
    );
    row.toggleAttribute("data-problem", Boolean(state.problem));
    row.querySelector("progress").hidden = item.state !== "sending";
    if (item.state === "known" && !row.querySelector(".thumb img")) showPicture(row, item.twin.picture);
    const place = row.querySelector(".row-act");
    const hadFocus = place.contains(document.activeElement);
    place.replaceChildren(...this.#actions(item));
    if (hadFocus) (place.firstElementChild ?? $("summary-text")).focus();
  }

  #actions(item) {
    const { act, more } = look(item);
    return [act, more, item.alikeUrl && "See the other"].filter(Boolean).map((name) => this.#action(item, name));
  }

  #action(item, act) {
    const url = { View: item.state === "known" ? item.twin.pageUrl : item.pageUrl, "See the other": item.alikeUrl }[act];
    const element = document.createElement(url ? "a" : "button");
    const name = document.createElement("span");
    element.className = "btn btn-small";
    name.className = "vh";
    name.textContent = ` ${item.file.name}${url ? " (in a new tab)" : ""}`;
    element.append(act, name);
    if (url) {
      element.href = url;
      element.target = "_blank"; // so that the rows stay
    } else {
      const does = { Remove: "remove", Cancel: "cancel", Retry: "retry", "Send anyway": "sendAnyway" }[act];
      element.type = "button";
      element.addEventListener("click", () => this.#queue[does](item));
    }
    return element;
  }

  #remove(item) {
    const row = this.#rows.get(item);
    const next = row.nextElementSibling ?? row.previousElementSibling;
    this.#rows.delete(item);
    row.remove();
    (next?.querySelector(".row-act > *") ?? $("file")).focus();
  }

  #inSight(entries) {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      this.#seen.unobserve(target);
      const item = this.#items.get(target);
      if (!look(item).problem) this.#picture(item, target);
    }
  }

  async #picture(item, row) {
    const { fault, picture } = await inspect(item.file);
    this.#queue.judge(item, { fault, picture });
    if (picture && !fault) row.querySelector(".thumb").replaceChildren(picture);
  }
}

// For what the browser can't show by itself.
function showPicture(row, url) {
  const picture = new Image(56, 56);
  picture.alt = "";
  picture.src = url;
  row.querySelector(".thumb").replaceChildren(picture);
}
