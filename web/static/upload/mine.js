// My uploads: rows whose state changes are renewed from a fragment that the server renders.

import { Poll, stateOf } from "./poll.js";
import { STATES } from "./states.js";

const rows = document.getElementById("upload-rows");
const status = document.getElementById("status");
const words = (row) => row.querySelector("[data-state]").textContent.trim();
const look = (row) => row.querySelector("[data-state]").className;
const idOf = (row) => row.id.slice("u-".length);

async function fragment() {
  const response = await fetch(rows.dataset.rowsUrl, { headers: { Accept: "text/html" } });
  if (!response.ok || response.redirected) throw new Error(response.statusText);
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  return template.content;
}

// Whether that changed any.
function renew(fresh) {
  const before = [...rows.querySelectorAll(".row")];
  const after = [...fresh.querySelectorAll(".row")];
  const old = new Map(before.map((row) => [row.id, row]));
  const known = after.filter((row) => old.has(row.id));
  const changed = known.filter((row) => look(old.get(row.id)) !== look(row));
  if (changed.length > 3) status.textContent = `${changed.length} uploads changed`;
  else if (changed.length) status.textContent = changed.map((row) => `${row.dataset.name}: ${words(row)}`).join(". ");
  const same = before.length === after.length && before.every((row, i) => row.id === after[i].id);
  if (!same) rows.replaceChildren(fresh);
  else for (const row of changed) old.get(row.id).replaceWith(row);
  return !same || changed.length > 0;
}

// Whether a row is in another state now, or has gone. Places in the queue and attempts are written at once.
async function told(uploads, ids) {
  let stale = uploads.length < ids.length;
  for (const upload of uploads) {
    const line = document.getElementById(`u-${upload.id}`)?.querySelector("[data-state]");
    const [state, text] = stateOf(upload);
    if (!line?.classList.contains(`state-${upload.status}`)) stale = true;
    else if (STATES[state].going && line.textContent.trim() !== text) line.lastElementChild.textContent = text;
  }
  return stale && renew(await fragment());
}

if (rows) {
  const ids = () => [...rows.querySelectorAll("[data-unfinished]")].map(idOf);
  new Poll(rows.dataset.status, { ids, told }).soon();
}
