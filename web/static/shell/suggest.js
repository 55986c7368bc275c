// Suggestions under the search field: a combobox as the ARIA practices describe it. The field stays a plain search
// without them: when they can't be had, nothing is missing that was promised.

const WAIT_MS = 120; // of rest in typing before the portal is asked
const input = document.getElementById("q");
const list = document.getElementById("suggestions");
const known = new Map(); // what was typed -> its suggestions
let typed = "";
let timer = 0;
let asking = null;

const options = () => [...list.children];
const active = () => list.querySelector("[aria-selected=true]");

function close() {
  clearTimeout(timer);
  asking?.abort();
  list.hidden = true;
  list.replaceChildren();
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function show(items) {
  list.replaceChildren(...items.map((item, number) => {
    const option = document.createElement("li");
    option.id = `suggestion-${number}`;
    option.role = "option";
    option.ariaSelected = "false";
    option.dataset.query = item.query;
    const text = document.createElement("bdi");
    text.textContent = item.text;
    const count = document.createElement("span");
    count.className = "nums muted";
    count.textContent = `${item.images}${item.more ? "+" : ""} ${item.images === 1 ? "image" : "images"}`;
    option.append(text, count);
    return option;
  }));
  list.hidden = items.length === 0;
  input.setAttribute("aria-expanded", String(items.length > 0));
  input.removeAttribute("aria-activedescendant");
  const status = document.getElementById("status");
  if (items.length) status.textContent = `${items.length} ${items.length === 1 ? "suggestion" : "suggestions"}`;
}

async function ask() {
  const text = input.value;
  asking?.abort();
  asking = new AbortController();
  try {
    if (!known.has(text)) {
      const url = `${list.dataset.url}?prefix=${encodeURIComponent(text)}`;
      const response = await fetch(url, { headers: { Accept: "application/json" }, signal: asking.signal });
      if (!response.ok) throw new Error(response.statusText);
      known.set(text, (await response.json()).items);
    }
    if (input.value === text && document.activeElement === input) show(known.get(text));
  } catch {
    if (input.value === text) close(); // else a later question is under way
  }
}

// Marks an option and shows what it would ask for; -1 is what was typed.
function mark(number) {
  const all = options();
  for (const [at, option] of all.entries()) option.ariaSelected = String(at === number);
  input.value = number < 0 ? typed : all[number].dataset.query;
  if (number < 0) input.removeAttribute("aria-activedescendant");
  else {
    input.setAttribute("aria-activedescendant", all[number].id);
    all[number].scrollIntoView({ block: "nearest" });
  }
}

function move(step) {
  const count = options().length + 1; // with what was typed, between the last and the first
  mark((options().indexOf(active()) + 1 + step + count) % count - 1);
}

input.role = "combobox";
input.setAttribute("aria-autocomplete", "list");
input.setAttribute("aria-controls", list.id);
input.setAttribute("aria-expanded", "false");
input.addEventListener("input", () => {
  typed = input.value;
  clearTimeout(timer);
  if (typed.trim()) timer = setTimeout(ask, WAIT_MS);
  else close();
});
input.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    mark(-1);
    close();
  } else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    if (list.hidden) ask();
    else move(event.key === "ArrowDown" ? 1 : -1);
  }
});
input.addEventListener("blur", close);
list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
list.addEventListener("click", (event) => {
  const option = event.target.closest("[role=option]");
  if (!option) return;
  input.value = option.dataset.query;
  input.form.requestSubmit();
});
