// Pages that renew themselves from a fragment the server renders: My uploads and Operations.

const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 10000;
const OPS_WAIT_MS = 5000;
const OPS_STALE_SECONDS = 30;

const status = document.getElementById("status");

async function fragment(url) {
  const response = await fetch(url, { headers: { Accept: "text/html" } });
  if (!response.ok || response.redirected) throw new Error(response.statusText);
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  return template.content;
}

// Runs `step` again and again; it answers the next wait in milliseconds, or null to stop. Rests while hidden.
function repeat(step, wait) {
  const turn = async () => {
    if (document.hidden) {
      document.addEventListener("visibilitychange", turn, { once: true });
      return;
    }
    const next = await step();
    if (next !== null) setTimeout(turn, next);
  };
  setTimeout(turn, wait);
}

const rows = document.getElementById("upload-rows");
if (rows) {
  let wait = FIRST_WAIT_MS;
  const unfinished = () => rows.querySelector("[data-unfinished]") !== null;
  const words = (row) => row.querySelector("[data-state]").textContent.trim();

  const renew = (fresh) => {
    const changes = [];
    const before = [...rows.querySelectorAll(".row")];
    const after = [...fresh.querySelectorAll(".row")];
    const same = before.length === after.length && before.every((row, i) => row.id === after[i].id);
    const old = new Map(before.map((row) => [row.id, row]));
    let changed = false;
    for (const row of after) {
      const known = old.get(row.id);
      if (!known || known.isEqualNode(row)) continue;
      changed = true;
      if (known.querySelector("[data-state]").className !== row.querySelector("[data-state]").className) {
        changes.push([row.dataset.name, words(row)]);
      }
      if (same) known.replaceWith(row);
    }
    if (!same) {
      changed = true;
      rows.replaceChildren(fresh);
    }
    if (changes.length && changes.length <= 3) {
      status.textContent = changes.map(([name, state]) => `${name}: ${state}`).join(". ");
    } else if (changes.length) {
      status.textContent = `${changes.length} uploads changed`;
    }
    return changed;
  };

  if (unfinished()) {
    repeat(async () => {
      try {
        const changed = renew(await fragment(rows.dataset.rowsUrl));
        wait = changed ? FIRST_WAIT_MS : Math.min(wait * 1.25, LONGEST_WAIT_MS);
      } catch {
        wait = LONGEST_WAIT_MS;
      }
      return unfinished() ? wait : null;
    }, wait);
  }
}

const strip = document.getElementById("ops-strip");
if (strip) {
  const age = document.getElementById("ops-age");
  let renewedAt = Date.now();
  const show = () => {
    const seconds = Math.round((Date.now() - renewedAt) / 1000);
    const stale = seconds > OPS_STALE_SECONDS;
    strip.classList.toggle("is-stale", stale);
    age.textContent = stale ? `These numbers are ${seconds} s old` : `Updated ${seconds} s ago`;
  };
  setInterval(show, 1000);
  repeat(async () => {
    try {
      const fresh = await fragment(strip.dataset.stripUrl);
      const focused = document.activeElement?.closest?.(".scroll") && strip.contains(document.activeElement);
      strip.replaceChildren(fresh);
      if (focused) strip.querySelector(".scroll")?.focus({ preventScroll: true });
      renewedAt = Date.now();
      show();
    } catch {
      // The last numbers stay; their age tells.
    }
    return OPS_WAIT_MS;
  }, OPS_WAIT_MS);
}
