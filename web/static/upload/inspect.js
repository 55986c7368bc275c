// What can be said against a file before it is sent.

import { settings } from "./settings.js";

// A sentence, or "" for a file that may be sent.
export function faultOf(file) {
  if (file.size === 0) return "this file is empty";
  if (file.size > settings.maxBytes) return `larger than ${Math.round(settings.maxBytes / 1048576)} MB`;
  if (file.type && !settings.mediaTypes.includes(file.type)) {
    return file.type.startsWith("image/") ? "only JPEG, PNG, WebP and GIF can be shared" : "not an image";
  }
  return "";
}
