// Arranging an album: images are dragged by pointer, and moved from the keyboard by their handles. The page shows an
// order at once, the server gets one change after the other; what it did not take is put back.

const one = (selector, root = document) => root.querySelector(selector);
const grid = one(".places"); // an album without images has none, and not this script
const say = (text) => { one("#status").textContent = text; };
const warn = (text) => { one("#alert").textContent = text; };
const START_AFTER_PX = 6; // a mouse that moved less has clicked
const EDGE_PX = 70; // from the window's edges, where dragging scrolls
const places = () => [...grid.querySelectorAll(".place")];

let saving = Promise.resolve();
let unsaved = 0;

async function send(body) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": one("meta[name=csrf-token]").content };
  const request = { method: "POST", headers, body: JSON.stringify(body), keepalive: true };
  const response = await fetch(grid.dataset.api, request);
  if (response.ok) return;
  const { detail } = await response.json();
  throw new Error(detail);
}

// Tell the server where a place is now: beside its neighbour on the page, or at an end of the album.
function save(place, to, undo) {
  const neighbour = place.previousElementSibling ?? place.nextElementSibling;
  const beside = place.previousElementSibling ? "after" : "before";
  const body = to ? { to } : { [beside]: neighbour?.dataset.id };
  if (!to && !neighbour) return;
  unsaved += 1;
  saving = saving.then(() => send({ ids: [place.dataset.id], ...body })).catch((error) => {
    undo();
    warn(`Not moved. ${error instanceof TypeError ? "The portal can’t be reached." : error.message}`);
  }).finally(() => { unsaved -= 1; });
}

// Put it where `put` says; how to undo that.
function moved(place, put) {
  const before = place.nextElementSibling;
  put();
  return () => grid.insertBefore(place, before?.parentElement === grid ? before : null);
}

function announce(place) {
  say(`Place ${places().indexOf(place) + 1} of ${places().length}${one("#more") ? ", of those loaded" : ""}.`);
}

function move(place, deed) {
  const put = {
    earlier: () => place.previousElementSibling?.before(place),
    later: () => place.nextElementSibling?.after(place),
    start: () => grid.prepend(place),
    end: () => grid.append(place),
  }[deed];
  const focused = document.activeElement;
  const at = places().indexOf(place);
  const undo = moved(place, put);
  if (deed === "end" && one("#more")) {
    // Behind images that are not loaded yet: it comes with them.
    const next = places()[at] ?? places()[at - 1];
    place.remove();
    one("[data-grip]", next)?.focus();
    say("It comes last in the album.");
  } else {
    focused?.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
    announce(place);
  }
  if (["start", "end"].includes(deed)) save(place, deed, undo);
  else if (places().indexOf(place) !== at) save(place, null, undo);
}

// Leaving the page waits for what is on its way.
function leave(event, go) {
  if (!unsaved) return;
  event.preventDefault();
  saving.then(go);
}
const done = one(".page-head a");
done.addEventListener("click", (event) => leave(event, () => location.assign(done.href)));

// The buttons of the form, without a new page; the cover and removing are the server's.
const form = one("#arranging");
form.addEventListener("submit", (event) => {
  const [deed, id] = (event.submitter?.value ?? "").split(":");
  if (["earlier", "later", "start", "end"].includes(deed)) {
    event.preventDefault();
    move(document.getElementById(`t-${id}`), deed);
  } else {
    leave(event, () => form.requestSubmit(event.submitter));
  }
});

grid.addEventListener("keydown", (event) => {
  if (!event.target.matches("[data-grip]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const deed = {
    ArrowLeft: "earlier", ArrowUp: "earlier", ArrowRight: "later", ArrowDown: "later", Home: "start", End: "end",
  }[event.key];
  if (!deed) return;
  event.preventDefault();
  move(event.target.closest(".place"), deed);
});

// Dragging: a mouse takes an image anywhere, a finger by its handle, as it scrolls the page elsewhere.
grid.addEventListener("pointerdown", (event) => {
  const place = event.target.closest(".place");
  const grip = event.target.closest("[data-grip]");
  if (!place || event.button || !(grip || (event.pointerType === "mouse" && event.target.matches("img")))) return;
  const origin = place.nextElementSibling;
  const began = { x: event.clientX, y: event.clientY };
  let dragging = false;

  const over = ({ clientX, clientY }) => {
    if (!dragging && Math.hypot(clientX - began.x, clientY - began.y) < START_AFTER_PX) return;
    if (!dragging) {
      dragging = true;
      place.classList.add("is-moving");
      document.body.classList.add("is-dragging");
    }
    if (clientY < EDGE_PX) scrollBy(0, -18);
    else if (clientY > innerHeight - EDGE_PX) scrollBy(0, 18);
    const target = document.elementFromPoint(clientX, clientY)?.closest(".place");
    if (!target || target === place) return;
    const { left, width } = target.getBoundingClientRect();
    if (clientX < left + width / 2) target.before(place);
    else target.after(place);
  };
  const release = () => {
    removeEventListener("pointermove", over);
    removeEventListener("pointerup", drop);
    removeEventListener("pointercancel", back);
    removeEventListener("keydown", escape);
    place.classList.remove("is-moving");
    document.body.classList.remove("is-dragging");
  };
  const undo = () => grid.insertBefore(place, origin?.parentElement === grid ? origin : null);
  const drop = () => {
    release();
    if (!dragging || place.nextElementSibling === origin) return;
    announce(place);
    save(place, null, undo);
  };
  const back = () => { release(); undo(); };
  const escape = ({ key }) => { if (key === "Escape") { back(); say("Where it was."); } };
  addEventListener("pointermove", over);
  addEventListener("pointerup", drop);
  addEventListener("pointercancel", back);
  addEventListener("keydown", escape);
  if (event.pointerType === "mouse" && !grip) event.preventDefault();
});

grid.classList.add("is-live");
