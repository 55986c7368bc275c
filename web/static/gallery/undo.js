// The seconds that remain for an undo, counted down; with the last one, the button gives way to what is true by then.
// Rows that a page renews are found at the next tick.

const TICK_MS = 500;
const ends = new WeakMap(); // by form
const sent = new WeakSet();

function close(form) {
  const late = document.createElement("p");
  late.className = "small muted";
  late.textContent = "Too late to undo";
  late.tabIndex = -1;
  const focused = form.contains(document.activeElement);
  form.replaceWith(late);
  if (focused) late.focus();
  document.getElementById("status").textContent = late.textContent;
}

function tick() {
  for (const form of document.querySelectorAll("form[data-undo-seconds]")) {
    if (!ends.has(form)) ends.set(form, Date.now() + Number(form.dataset.undoSeconds) * 1000);
    const seconds = Math.ceil((ends.get(form) - Date.now()) / 1000);
    if (sent.has(form)) continue;
    const left = form.querySelector("[data-undo-left]");
    if (seconds <= 0) close(form);
    else if (left) left.textContent = `You can undo this for ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
  }
}

// What is sent in time is the server's to judge.
document.addEventListener("submit", ({ target }) => sent.add(target));
// A page that the browser kept comes back as it was: what was sent then is over.
addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
setInterval(tick, TICK_MS);
tick();
