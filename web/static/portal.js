// Small comforts on every page. Without scripts everything here still works as plain links and forms.

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const typing = (target) => target.closest("input, textarea, select, [contenteditable], dialog") !== null;
const say = (text) => { one("#status").textContent = text; };

// Theme: auto follows the system, a choice is kept in this browser.
function showTheme() {
  const chosen = document.documentElement.dataset.theme ?? "auto";
  for (const button of all("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen));
  }
}
for (const button of all("[data-theme-choice]")) {
  button.addEventListener("click", () => {
    const choice = button.dataset.themeChoice;
    if (choice === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    try {
      if (choice === "auto") localStorage.removeItem("theme");
      else localStorage.setItem("theme", choice);
    } catch {
      // Storage can be switched off; the choice then lasts for this page.
    }
    showTheme();
  });
}
showTheme();

// Menu: closes on Escape, on a click elsewhere and when the focus leaves it.
const menu = one(".menu");
if (menu) {
  const close = () => { menu.open = false; };
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) close(); });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) close();
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      close();
      one("summary", menu).focus();
    }
  });
}

// Search: "/" focuses it; on a phone the icon opens it as a row of its own.
const search = one("#top-search input");
const toggle = one(".search-toggle");
if (search && toggle) {
  const show = (open) => {
    document.body.classList.toggle("search-open", open);
    toggle.setAttribute("aria-expanded", String(open));
  };
  toggle.setAttribute("role", "button");
  toggle.setAttribute("aria-controls", "top-search");
  show(document.body.classList.contains("search-open"));
  const press = (event) => {
    event.preventDefault();
    show(!document.body.classList.contains("search-open"));
    if (document.body.classList.contains("search-open")) search.focus();
  };
  toggle.addEventListener("click", press);
  toggle.addEventListener("keydown", (event) => { if (event.key === " ") press(event); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    event.preventDefault();
    show(true);
    search.select();
  });
}

// Forms: the summary of errors gets the focus, passwords can be shown, nothing is sent twice.
one("#error-summary")?.focus();
for (const button of all("[data-show-password]")) {
  button.addEventListener("click", () => {
    const input = document.getElementById(button.dataset.showPassword);
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = shown ? "Hide" : "Show";
  });
}

// Copy buttons of the credit text.
for (const button of all("[data-copy]")) {
  const label = one("span", button);
  const before = label.innerHTML;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      label.textContent = "Copied";
      say("Copied");
    } catch {
      getSelection().selectAllChildren(source);
      label.textContent = "Selected";
      say("Selected. Copy it with your keyboard.");
    }
    setTimeout(() => { label.innerHTML = before; }, 2000);
  });
}

// Image page: left and right arrows go to the newer and the older image.
if (one(".shot")) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || typing(event.target)) return;
    if (event.target.closest("pre, .menu")) return;
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    const link = rel && one(`.steps a[rel=${rel}]`);
    if (link) link.click();
  });
}

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

  // Ratios and colours arrive in a style element that belongs to another page: set them here instead.
  const dress = (tile) => {
    const image = one("img", tile);
    const ratio = image.getAttribute("width") / image.getAttribute("height");
    tile.style.setProperty("--r", ratio.toFixed(4));
    if (/^#[0-9a-f]{6}$/i.test(tile.dataset.colour)) tile.style.background = tile.dataset.colour;
  };
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
  const parse = (html) => new DOMParser().parseFromString(html.replace(/<style[\s\S]*?<\/style>/g, ""), "text/html");

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
  if (navigation?.type === "back_forward") {
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
