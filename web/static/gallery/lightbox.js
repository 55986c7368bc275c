// A tile that is pressed opens its image over the grid. The address is the image's own, so that reloading, sharing and a
// new tab show its page; Back and Escape lead to the tile. Links stay links: for other buttons, and without this script.

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

const SWIPE_PX = 48;
const dialog = one("#lightbox");
const grid = one("#grid");
const linkOf = (tile) => one(":scope > a", tile);
const idOf = (tile) => tile.id.slice("t-".length);

class Lightbox {
  #tile = null;
  #title = document.title;
  #known = new Map(); // what the API told, by id
  #wanted = false; // the next page is on its way, and its first image is to be shown

  open(tile, remember) {
    if (remember) history.pushState({ lightbox: idOf(tile) }, "", linkOf(tile).href);
    if (!dialog.open) dialog.showModal();
    this.#show(tile);
  }

  step(by) {
    const tiles = all(".tile", grid);
    const at = tiles.indexOf(this.#tile) + by;
    if (tiles[at]) {
      history.replaceState({ lightbox: idOf(tiles[at]) }, "", linkOf(tiles[at]).href);
      this.#show(tiles[at]);
    } else if (by > 0 && one("#more a")) {
      this.#wanted = true;
      one("#more a").click();
    }
  }

  // Tiles were appended.
  grown() {
    if (dialog.open && this.#wanted) this.step(1);
    else if (dialog.open) this.#steps();
    this.#wanted = false;
  }

  closed() {
    document.title = this.#title;
    one("img", dialog).removeAttribute("src");
    if (history.state?.lightbox) history.back();
    else this.#return();
  }

  // The history has gone elsewhere: nowhere but to the grid or to one of its images.
  moved(id) {
    const tile = id && document.getElementById(`t-${id}`);
    if (tile) this.open(tile, false);
    else if (id) location.reload(); // its tile is not on the page (any more): its own page is
    else if (dialog.open) dialog.close();
    else this.#return();
  }

  // To the tile of the image that was seen last, once the browser has put the page where it was.
  #return() {
    const tile = this.#tile;
    if (!tile) return;
    this.#tile = null;
    requestAnimationFrame(() => requestAnimationFrame(() => {
      linkOf(tile).focus({ preventScroll: true });
      tile.scrollIntoView({ block: "nearest" });
    }));
  }

  #show(tile) {
    this.#tile = tile;
    const small = one("img", tile);
    const owner = one(".tile-user", tile);
    const badge = one(".badge", tile);
    one("[data-owner]", dialog).textContent = owner.textContent;
    one("[data-owner]", dialog).href = owner.href;
    one("[data-badge]", dialog).textContent = badge.lastChild.textContent;
    one("[data-licence]", dialog).textContent = badge.title;
    one("[data-page]", dialog).href = linkOf(tile).href;
    one("[data-caption]", dialog).textContent = "";
    this.#picture(small.currentSrc || small.src, small.alt, small.getAttribute("width"), small.getAttribute("height"));
    one("img", dialog).className = small.className;
    one("img", dialog).style.background = small.classList.contains("clear") ? "" : getComputedStyle(tile).background;
    document.title = `Image by ${owner.textContent} · Image Portal`;
    this.#steps();
    const tiles = all(".tile", grid);
    one("[data-told]", dialog).textContent = `Image ${tiles.indexOf(tile) + 1} of ${tiles.length}: ${small.alt}`;
    this.#larger(tile);
    for (const near of [tile.nextElementSibling, tile.previousElementSibling]) {
      if (near?.matches(".tile")) this.#ask(near).then(({ preview_url: url }) => { new Image().src = url; }, () => {});
    }
  }

  #steps() {
    const tiles = all(".tile", grid);
    const at = tiles.indexOf(this.#tile);
    one("[data-step='-1']", dialog).disabled = at === 0;
    one("[data-step='1']", dialog).disabled = at === tiles.length - 1 && !one("#more a");
  }

  #picture(src, alt, width, height) {
    const image = one("img", dialog);
    image.src = src;
    image.alt = alt;
    image.style.setProperty("--r", width / height);
    image.style.setProperty("--w", width);
  }

  // The small picture that is there already gives way to the preview, once that can be shown without a gap.
  async #larger(tile) {
    try {
      const image = await this.#ask(tile);
      if (tile === this.#tile) one("[data-caption]", dialog).textContent = image.caption;
      const preview = new Image();
      preview.src = image.preview_url;
      await preview.decode();
      if (tile === this.#tile) this.#picture(preview.src, image.alt, image.preview_width, image.preview_height);
    } catch {
      this.#known.delete(idOf(tile)); // its addresses may have ended: another look asks again
      if (tile === this.#tile) one("[data-caption]", dialog).textContent ||= "Its preview can’t be shown at the moment.";
    }
  }

  #ask(tile) {
    const id = idOf(tile);
    if (!this.#known.has(id)) {
      const asked = fetch(`/api/v1/images/${id}`, { headers: { Accept: "application/json" } }).then((answer) => {
        if (!answer.ok) throw new Error(answer.statusText);
        return answer.json();
      });
      this.#known.set(id, asked);
      asked.catch(() => this.#known.delete(id));
    }
    return this.#known.get(id);
  }
}

if (dialog && grid) {
  const box = new Lightbox();
  grid.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
    const link = event.target.closest("a");
    const tile = link?.closest(".tile");
    if (!tile || link !== linkOf(tile)) return;
    event.preventDefault();
    box.open(tile, true);
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    box.step(by);
  });
  for (const button of all("[data-step]", dialog)) {
    button.addEventListener("click", () => box.step(Number(button.dataset.step)));
  }
  one("[data-close]", dialog).addEventListener("click", () => dialog.close());
  const stage = one("[data-stage]", dialog);
  stage.addEventListener("click", ({ target }) => { if (target === stage) dialog.close(); });
  let from = null;
  stage.addEventListener("touchstart", ({ touches }) => { from = touches.length === 1 ? touches[0] : null; }, { passive: true });
  stage.addEventListener("touchend", ({ changedTouches: [to] }) => {
    const [x, y] = from ? [to.clientX - from.clientX, to.clientY - from.clientY] : [0, 0];
    from = null;
    if (Math.abs(x) > SWIPE_PX && Math.abs(x) > 2 * Math.abs(y)) box.step(x < 0 ? 1 : -1);
  }, { passive: true });
  dialog.addEventListener("close", () => box.closed());
  addEventListener("popstate", ({ state }) => box.moved(state?.lightbox));
  new MutationObserver(() => box.grown()).observe(grid, { childList: true });
}
