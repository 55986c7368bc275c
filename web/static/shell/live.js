// The operators’ page renews itself from a fragment that the server renders.

const OPS_WAIT_MS = 5000;
const OPS_STALE_SECONDS = 30;

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

// How to find what has the focus in the part that is replaced: by its id, a link by where it leads, else the table around it.
function focusIn(part) {
  const focused = document.activeElement;
  if (!focused || !part.contains(focused)) return null;
  if (focused.id) return () => document.getElementById(focused.id);
  const href = focused.getAttribute("href");
  if (href) return () => part.querySelector(`a[href="${CSS.escape(href)}"]`);
  return () => part.querySelector(".scroll");
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
      const again = focusIn(strip);
      strip.replaceChildren(fresh);
      again?.()?.focus({ preventScroll: true });
      renewedAt = Date.now();
      show();
    } catch {
      // The last numbers stay; their age tells.
    }
    return OPS_WAIT_MS;
  }, OPS_WAIT_MS);
}
