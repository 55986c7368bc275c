// The image page: credit texts to copy, and arrow keys to the newer and the older image.

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const say = (text) => { one("#status").textContent = text; };
const typing = (target) => target.closest("input, textarea, select, [contenteditable], dialog") !== null;

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

// Left and right arrows go to the newer and the older image.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || typing(event.target)) return;
  if (event.target.closest("pre, .menu")) return;
  const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = rel && one(`.steps a[rel=${rel}]`);
  if (link) link.click();
});
