// What can be said against a file before it is sent, in the words that the server would use.

import { settings } from "./settings.js";

const HEAD_BYTES = 12; // more than any of the kinds that aren't taken is told by

// By its size and its first bytes: quick enough for every file that is added. A sentence, or "".
export async function glance(file) {
  if (file.size === 0) return settings.refusals.empty;
  if (file.size > settings.maxBytes) return settings.refusals.too_large;
  try {
    return (await unsupportedKind(file))?.sentence ?? "";
  } catch {
    return "This file can't be read any more. Choose it again."; // moved, changed or deleted meanwhile
  }
}

export async function unsupportedKind(file) {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  return settings.unsupported.find(({ magic }) => magic.every((byte, at) => head[at] === byte));
}

// By its picture too, for which the browser reads the whole file: {fault, picture}, the latter if it can be shown.
export async function inspect(file) {
  const fault = await glance(file);
  if (fault) return { fault };
  const picture = await open(file);
  if (picture && picture.naturalWidth * picture.naturalHeight > settings.maxPixels) {
    return { fault: settings.refusals.too_many_pixels, picture };
  }
  // What the browser can't show may still be what it says; what doesn't even say so is none.
  const foreign = file.type && !settings.accepted.includes(file.type);
  return { fault: !picture && foreign ? settings.refusals.unsupported_type : "", picture };
}

// Null for what the browser can't show. Knowing the size doesn't take decoding the pixels.
function open(file) {
  return new Promise((resolve) => {
    const picture = new Image(56, 56);
    const url = URL.createObjectURL(file);
    const end = (outcome) => {
      URL.revokeObjectURL(url);
      resolve(outcome);
    };
    picture.alt = "";
    picture.onload = () => end(picture);
    picture.onerror = () => end(null);
    picture.src = url;
  });
}
