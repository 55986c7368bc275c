// Small comforts on every page. Without scripts everything here still works as plain links and forms.

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const typing = (target) => target.closest("input, textarea, select, [contenteditable], dialog") !== null;

// Of tabs that don't all fit, the one of this page is in sight.
for (const tab of all(".tabs [aria-current]")) {
  const tabs = tab.parentElement;
  tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
}

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

// To the browser, an image's page that was reloaded over a grid (gallery/lightbox.js) is that grid still: on the way back
// it changes the address alone.
const path = location.pathname;
addEventListener("popstate", () => { if (!one("#lightbox") && location.pathname !== path) location.reload(); });

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

// Forms: the first wrong field gets the focus, or the one to begin with where there is but one form; passwords can be shown.
const [only, ...others] = all(".auth:not([data-read-first]) form:has(.input)");
const empty = only && !others.length ? all(".input", only).find((input) => !input.value) : null;
(one("[aria-invalid=true]") ?? one("#error-summary") ?? empty)?.focus();
for (const button of all("[data-show-password]")) {
  button.addEventListener("click", () => {
    const input = document.getElementById(button.dataset.showPassword);
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = shown ? "Hide" : "Show";
  });
}

// A code is good once: the second of two clicks would be told so, in place of the first one's answer.
for (const form of all("form:has([autocomplete=one-time-code])")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => (sent = false)); // come back to
}

// What a tab keeps of grids has addresses that open images (gallery/grid.js): it goes with the session. The grid of a
// link needs none.
if (!one("#log-out")) {
  try {
    const kept = Object.keys(sessionStorage).filter((key) => key.startsWith("grid:") && !key.startsWith("grid:/s/"));
    for (const key of kept) sessionStorage.removeItem(key);
  } catch {
    // Storage can be switched off; then nothing was kept.
  }
}

// Logging out takes along what was kept in this browser because it was not sent (upload/keep.js, upload/side.js).
one("#log-out")?.addEventListener("submit", () => {
  try {
    sessionStorage.removeItem("upload-draft");
    indexedDB.deleteDatabase("unsent-uploads");
  } catch {
    // Storage can be switched off; then nothing was kept.
  }
});
