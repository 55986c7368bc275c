// The panel «For all files»: its caption goes with one batch, licence and album stay for the next. What is typed here
// outlives a reload in this tab's storage. On narrow screens it folds, so that the files are in sight.

import { $, form } from "./settings.js";

const { caption, licence, album } = form.elements;
const offered = [...licence.options].find(({ defaultSelected }) => defaultSelected)?.value;
const DRAFT = "upload-draft"; // shell/main.js removes it on logging out

export class Side {
  constructor() {
    this.#recall();
    form.addEventListener("input", ({ target }) => { if (target === caption || target === album) this.#changed(); });
    licence.addEventListener("change", () => this.#changed());
    $("side-toggle").addEventListener("click", () => this.#fold($("side-toggle").getAttribute("aria-expanded") === "true"));
    this.#fold(true);
    this.#changed();
  }

  get caption() {
    return caption.value;
  }

  get licence() {
    return licence.value;
  }

  get album() {
    return album.value.trim();
  }

  clear() {
    caption.value = "";
    this.#changed();
  }

  #fold(folded) {
    $("side").classList.toggle("is-folded", folded);
    $("side-toggle").setAttribute("aria-expanded", String(!folded));
    $("side-toggle").firstElementChild.textContent = folded ? "Change" : "Done";
  }

  #changed() {
    const chosen = licence.selectedOptions[0];
    const text = caption.value.trim();
    $("licence-summary").textContent = chosen.dataset.summary;
    const into = this.album && ` · ${this.album}`;
    $("side-summary").textContent = `${chosen.textContent} · ${text || "no caption"}${into}`;
    try {
      const draft = { viewer: form.dataset.viewer, caption: caption.value, licence: licence.value, album: album.value, offered };
      sessionStorage.setItem(DRAFT, JSON.stringify(draft));
    } catch {
      // Storage can be switched off; the text then lasts for this page.
    }
  }

  #recall() {
    try {
      const draft = JSON.parse(sessionStorage.getItem(DRAFT));
      if (draft?.viewer !== form.dataset.viewer) return;
      caption.value ||= draft.caption;
      album.value ||= draft.album ?? "";
      if (draft.offered !== offered) return; // another default licence was chosen since
      if ([...licence.options].some(({ value }) => value === draft.licence)) licence.value = draft.licence;
    } catch {
      // Nothing usable was kept.
    }
  }
}
