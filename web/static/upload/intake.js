// How files come in: chosen, alone or by the folder; dropped, folders too; or pasted anywhere on the page.

import { unsupportedKind } from "./inspect.js";
import { $, settings } from "./settings.js";

// `add(files)` takes them; `leftOut(count)` is told of a folder's files that are no pictures.
export function takeIn(add, leftOut) {
  const addFolder = async (files) => {
    const pictures = [];
    for (const file of files) if (await isPicture(file)) pictures.push(file);
    add(pictures);
    leftOut(files.length - pictures.length);
  };
  $("file").addEventListener("change", ({ target }) => {
    add([...target.files]);
    target.value = "";
  });
  $("folder").addEventListener("change", ({ target }) => {
    addFolder([...target.files]);
    target.value = "";
  });
  addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) add([...event.clipboardData.files]);
  });
  takeDrops(add, addFolder);
}

// Folders hold much else. Their pictures are taken, those too whose kind the portal has to refuse by name.
async function isPicture(file) {
  if (file.name.startsWith(".")) return false;
  if (file.type) return file.type.startsWith("image/");
  const name = file.name.toLowerCase(); // some systems know no media type for what phones take
  if (settings.accepted.some((ending) => ending.startsWith(".") && name.endsWith(ending))) return true;
  return Boolean(await unsupportedKind(file).catch(() => null));
}

function takeDrops(add, addFolder) {
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
    else for (const entry of entries) await addFolder(await walk(entry).catch(() => []));
  });
}

async function walk(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) { // a folder is read in pieces of at most 100 entries
    const piece = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!piece.length) return found;
    for (const child of piece) found.push(...await walk(child));
  }
}
