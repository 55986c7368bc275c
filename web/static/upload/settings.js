// What the server hands the page: addresses, limits and the form token.

const form = document.getElementById("upload");

export const settings = {
  uploadUrl: form.dataset.api,
  statusUrl: form.dataset.status,
  maxBytes: Number(form.dataset.maxBytes),
  mediaTypes: form.elements.file.accept.split(","),
  formToken: form.elements.csrf_token.value,
};

export { form };
export const $ = (id) => document.getElementById(id);

export const size = (bytes) => {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1048576) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / 1048576).toFixed(1)} MB`;
};
