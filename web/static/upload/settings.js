// What the server hands the page: addresses, limits, sentences and the form token.

export const $ = (id) => document.getElementById(id);

export const form = $("upload");

export const settings = {
  uploadUrl: form.dataset.api,
  statusUrl: form.dataset.status,
  knownUrl: form.dataset.known,
  maxBytes: Number(form.dataset.maxBytes),
  maxPixels: Number(form.dataset.maxPixels),
  accepted: form.elements.file.accept.split(","), // media types, and extensions with their dot
  refusals: JSON.parse(form.dataset.refusals), // a sentence by its code
  unsupported: JSON.parse(form.dataset.unsupported), // kinds of pictures: {magic (bytes), sentence}
  formToken: form.elements.csrf_token.value,
};

export const size = (bytes) => {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1048576) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / 1048576).toFixed(1)} MB`;
};
