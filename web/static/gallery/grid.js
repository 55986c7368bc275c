// Grids of images: broken pictures keep their place, and the next page is appended.

import { dress, parse } from "./tiles.js";

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const say = (text) => { one("#status").textContent = text; };

// A picture that cannot be shown keeps its place and says what it would show.
const broken = (image) => image.classList.add("broken");
for (const image of all(".tile img")) if (image.complete && image.naturalWidth === 0) broken(image);
document.addEventListener("error", ({ target }) => { if (target.matches?.(".tile img")) broken(target); }, true);

// Grid: "Load more" appends the next page; three pages come by themselves, then the button waits.
const grid = one("#grid");
const more = one("#more");
if (grid && more) {
  const AUTO_PAGES = 3;
  const link = one("a", more);
  const problem = one(".note", more);
  const key = `grid:${location.pathname}${location.search}`;
  let automatic = 0;
  let loading = false;
  let appended = "";

  const watcher = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting) && automatic < AUTO_PAGES) load(false);
  }, { rootMargin: "600px" });

  const append = (tiles, next) => {
    const known = new Set(all(".tile", grid).map((tile) => tile.id));
    const fresh = tiles.filter((tile) => !known.has(tile.id));
    fresh.forEach(dress);
    appended += fresh.map((tile) => {
      const copy = tile.cloneNode(true);
      copy.removeAttribute("style");
      return copy.outerHTML;
    }).join("");
    grid.append(...fresh);
    if (next) {
      link.href = next;
    } else {
      watcher.disconnect();
      more.remove();
    }
    return fresh;
  };

  async function load(pressed) {
    if (loading) return;
    loading = true;
    more.setAttribute("aria-busy", "true");
    problem.hidden = true;
    try {
      const response = await fetch(link.href, { headers: { Accept: "text/html" } });
      if (!response.ok || response.redirected) throw new Error(response.statusText);
      const page = parse(await response.text());
      const fresh = append(all("#grid > .tile", page), one("#more a", page)?.getAttribute("href"));
      if (pressed) one("a", fresh[0])?.focus();
      automatic = pressed ? 0 : automatic + 1;
      say(fresh.length === 1 ? "1 more image" : `${fresh.length} more images`);
    } catch {
      automatic = AUTO_PAGES;
      problem.textContent = "Could not load more. Try again.";
      problem.hidden = false;
      say(problem.textContent);
    } finally {
      loading = false;
      more.removeAttribute("aria-busy");
      // A page that does not fill the screen would not cross the edge again: look anew.
      watcher.unobserve(more);
      if (more.isConnected && automatic < AUTO_PAGES) watcher.observe(more);
    }
  }
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    load(true);
  });

  // Back returns to the same place: keep what was appended for this tab.
  addEventListener("pagehide", () => {
    try {
      if (appended) {
        const next = more.isConnected ? link.getAttribute("href") : null;
        sessionStorage.setItem(key, JSON.stringify({ appended, next, y: scrollY }));
      } else {
        sessionStorage.removeItem(key);
      }
    } catch {
      // Without storage the browser's own memory of the page has to do.
    }
  });
  const [navigation] = performance.getEntriesByType("navigation");
  if (navigation?.type === "back_forward" && !grid.matches(".places")) { // whose order may be another by now
    try {
      const kept = JSON.parse(sessionStorage.getItem(key));
      if (kept) {
        automatic = AUTO_PAGES;
        append(all(".tile", parse(kept.appended)).map((tile) => document.importNode(tile, true)), kept.next);
        scrollTo(0, kept.y);
      }
    } catch {
      // Nothing usable was kept.
    }
  }
  if (more.isConnected && automatic < AUTO_PAGES) watcher.observe(more);
}
