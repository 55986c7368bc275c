// Runs before the first paint: the saved theme, and a mark that scripts work.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const saved = localStorage.getItem("theme");
    if (saved === "light" || saved === "dark") root.dataset.theme = saved;
  } catch {
    // Storage can be switched off; the system's theme is then used.
  }
})();
