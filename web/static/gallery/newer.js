// The feed says that there are newer images, and puts them above the others when it is asked to: never under the eyes of
// who reads. It asks now and then, and not at all while the page is hidden or offline.

import { dress, parse } from "./tiles.js";

const WAIT_MS = 60_000;
const SHORTEST_MS = 30_000; // between two questions, whatever wakes the page
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

const notice = one("#newer");
const grid = one("#grid");
if (notice && grid) {
  const link = one("a", notice);
  let askedAt = Date.now();
  let timer = 0;

  function plan(wait) {
    clearTimeout(timer);
    if (!document.hidden && navigator.onLine) timer = setTimeout(ask, Math.max(0, askedAt + wait - Date.now()));
  }

  async function ask() {
    askedAt = Date.now();
    try {
      const newest = one(".tile", grid).id.slice("t-".length);
      const response = await fetch(`${notice.dataset.url}?than=${newest}`, { headers: { Accept: "application/json" } });
      if (response.status === 401) return; // nobody is logged in any more
      if (response.ok) show(await response.json());
    } catch {
      // The next question is soon enough.
    }
    plan(WAIT_MS);
  }

  function show({ count, more }) {
    const words = `${count}${more ? "+" : ""} new ${count === 1 ? "image" : "images"}`;
    if (link.textContent !== words && count) one("#status").textContent = words;
    link.textContent = words;
    notice.hidden = count === 0;
  }

  // What is more than one page would leave a gap: then the feed is opened anew.
  async function fetchNewer() {
    const response = await fetch(link.href, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) throw new Error(response.statusText);
    const known = new Set(all(".tile", grid).map((tile) => tile.id));
    const tiles = all("#grid > .tile", parse(await response.text()));
    const fresh = tiles.filter((tile) => !known.has(tile.id));
    if (fresh.length === tiles.length) throw new Error("more than a page");
    return fresh;
  }

  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
    event.preventDefault();
    try {
      const fresh = await fetchNewer();
      fresh.forEach(dress);
      grid.prepend(...fresh);
      notice.hidden = true;
      scrollTo({ top: 0 });
      one("a", grid)?.focus({ preventScroll: true });
      one("#status").textContent = fresh.length === 1 ? "1 new image is shown" : `${fresh.length} new images are shown`;
    } catch {
      location.assign(link.href);
    }
  });
  document.addEventListener("visibilitychange", () => plan(SHORTEST_MS));
  for (const change of ["online", "offline"]) addEventListener(change, () => plan(SHORTEST_MS));
  plan(WAIT_MS);
}
