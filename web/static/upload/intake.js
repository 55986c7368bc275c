// How files come in: chosen, dropped (folders too) or pasted anywhere on the page.

import { $, form } from "./settings.js";

export function takeIn(add) {
  form.elements.file.addEventListener("change", ({ target }) => {
    add(target.files);
    target.value = "";
  });
  addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) add(event.clipboardData.files);
  });
  takeDrops(add);
}

function takeDrops(add) {
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0; // enter and leave are told of every element that the pointer crosses
  const over = (by) => {
    depth = Math.max(0, by === 0 ? 0 : depth + by);
    $("drop-over").hidden = depth === 0;
  };
  addEventListener("dragenter", (event) => { if (carriesFiles(event)) over(1); });
  addEventListener("dragleave", (event) => { if (carriesFiles(event)) over(-1); });
  addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    over(0);
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const plain = [...event.dataTransfer.files];
    if (!entries.some((entry) => entry.isDirectory)) add(plain);
    else for (const entry of entries) add(await walk(entry).catch(() => []));
  });
}

async function walk(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) { // a folder is read in pieces of at most 100 entries
    const piece = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!piece.length) return found.filter((file) => !file.name.startsWith("."));
    for (const child of piece) found.push(...await walk(child));
  }
}
