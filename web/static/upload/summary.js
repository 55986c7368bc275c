// The line above the list: how far the batch is, and what can be done about all of it.

import { $ } from "./settings.js";
import { isUnsent, look, mayRetry } from "./states.js";

const SAY_EVERY_MS = 3000;
const COPIED_MS = 2000;
const list = $("rows");

export class Summary {
  #queue;
  #planned = false;
  #said = "";
  #sayTimer = 0;

  constructor(queue) {
    this.#queue = queue;
    for (const what of ["added", "changed", "removed"]) queue.addEventListener(what, () => this.#plan());
    $("retry-all").addEventListener("click", () => queue.retryAll());
    $("only-problems").addEventListener("click", () => onlyProblems(!list.classList.contains("only-problems")));
    $("copy-report").addEventListener("click", () => this.#copyReport());
  }

  // Many items change at once; the line is written when they have.
  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      this.#show();
    });
  }

  #show() {
    const items = [...this.#queue.items];
    const count = counts(items);
    const retryable = items.filter(mayRetry).length;
    $("summary-text").textContent = text(items.length - count.known - count.held, count);
    for (const id of ["summary", "rows"]) $(id).hidden = items.length === 0;
    $("drop").classList.toggle("is-small", items.length > 0);
    $("start").hidden = count.waiting === 0;
    $("start").textContent = `Upload ${number(count.waiting, "image")}`;
    $("retry-all").hidden = retryable === 0;
    $("retry-all").textContent = `Retry ${retryable} failed`;
    $("only-problems").hidden = count.problem === 0 || count.problem === items.length;
    if ($("only-problems").hidden && list.classList.contains("only-problems")) onlyProblems(false);
    $("copy-report").hidden = count.problem === 0 || count.going + count.paused + count.waiting > 0;
    const unkept = items.filter((item) => item.unkept && isUnsent(item)).length;
    $("unkept").hidden = unkept === 0;
    $("unkept").lastElementChild.textContent = `This browser can’t keep ${unkept === 1 ? "this file" : "these files"} `
      + `over a reload. Leave this page open until ${unkept === 1 ? "it is" : "they are"} uploaded.`;
    $("leave").hidden = count.published + count.going + count.held === 0;
    if (!this.#sayTimer) this.#sayTimer = setTimeout(() => this.#say(), SAY_EVERY_MS);
  }

  #say() {
    this.#sayTimer = 0;
    const now = $("summary-text").textContent;
    if (now !== this.#said && this.#queue.items.size) $("status").textContent = now;
    this.#said = now;
  }

  async #copyReport() {
    const lines = [...this.#queue.items].map((item) => `${item.file.name}\t${item.words}`);
    try {
      await navigator.clipboard.writeText(`${$("summary-text").textContent}\n${lines.join("\n")}\n`);
      $("status").textContent = "Report copied";
      $("copy-report").textContent = "Copied";
    } catch {
      $("copy-report").textContent = "Could not copy";
    }
    setTimeout(() => { $("copy-report").textContent = "Copy report"; }, COPIED_MS);
  }
}

function counts(items) {
  const count = { published: 0, known: 0, held: 0, going: 0, paused: 0, waiting: 0, problem: 0 };
  for (const item of items) {
    if (item.state === "published") count.published += 1;
    else if (item.state === "known") count.known += 1;
    else if (item.state === "held") count.held += 1;
    else if (look(item).problem) count.problem += 1;
    else if (item.state === "paused") count.paused += 1;
    else if (look(item).going || item.go) count.going += 1;
    else count.waiting += 1;
  }
  return count;
}

const number = (n, word) => `${n} ${n === 1 ? word : `${word}s`}`;

// `total`: without those that are left out as known, and those that wait for a moderator.
function text(total, { known, held, ...count }) {
  if (known && !held && !total) return known === 1 ? "You have this image already" : `You have all ${known} images already`;
  return [
    ...(total ? [progress(total, count)] : []),
    ...(held ? [`${held} ${held === 1 ? "waits" : "wait"} for a moderator`] : []),
    ...(known ? [`${known} you have already`] : []),
  ].join(" · ");
}

function progress(total, { published, going, paused, waiting, problem }) {
  if (published === total) return total === 1 ? "Your image is published" : `All ${total} images are published`;
  const attention = problem ? [`${problem} ${problem === 1 ? "needs" : "need"} attention`] : [];
  if (waiting && !published && !going && !paused) return [`${number(waiting, "file")} ready`, ...attention].join(" · ");
  if (!going && !paused && !waiting) return published ? `${published} published, ${problem} failed` : "None could be published";
  return [
    `${published} of ${total} published`,
    ...(going ? [`${going} in progress`] : []),
    ...(paused ? [`${paused} paused`] : []),
    ...(waiting ? [`${waiting} waiting`] : []),
    ...attention,
  ].join(" · ");
}

function onlyProblems(on) {
  list.classList.toggle("only-problems", on);
  $("only-problems").setAttribute("aria-pressed", String(on));
  $("only-problems").textContent = on ? "Show all" : "Show only problems";
}
