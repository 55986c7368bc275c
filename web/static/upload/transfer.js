// One file's way to the server: a request, repeated after faults that may pass.

import { settings } from "./settings.js";

const TRIES = 4; // one and three more
const FIRST_PAUSE_MS = 1000;
const THE_FILES_FAULT = [400, 413, 415, 422];

// `set(item, state, words)` shows how far it is; `accepted(item)` is told once the server has the file.
export async function transfer(item, set, accepted) {
  for (let attempt = 1; ; attempt += 1) {
    set(item, "sending", "Uploading 0%");
    const answer = await send(item, set);
    if (item.cancelled) return;
    if ([200, 201, 202].includes(answer.status)) {
      item.id = answer.body.id;
      set(item, "queued", "Uploaded, in queue");
      accepted(item);
      return;
    }
    const mayPass = answer.status === 0 || answer.status === 429 || answer.status >= 500;
    if (!mayPass) {
      const detail = answer.body.detail ?? `the server answered ${answer.status}`;
      if (THE_FILES_FAULT.includes(answer.status)) set(item, "rejected", `Rejected: ${detail}`);
      else set(item, "failed", `Failed: ${detail}`);
      return;
    }
    if (attempt === TRIES) {
      set(item, "failed", `Failed: ${answer.body.detail ?? "the portal could not be reached"}`);
      return;
    }
    set(item, "retrying", `Retrying, attempt ${attempt + 1} of ${TRIES}`);
    const backoff = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
    await pause(item, Math.max(backoff, answer.retryAfterMs));
    if (item.cancelled) return;
  }
}

function pause(item, milliseconds) {
  return new Promise((resolve) => {
    item.abort = resolve;
    setTimeout(resolve, milliseconds);
  });
}

// Answers {status, body, retryAfterMs}; status 0 is a network error. Not fetch, which tells no progress.
function send(item, set) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const data = new FormData();
    data.append("caption", item.caption);
    data.append("licence", item.licence);
    data.append("file", item.file, item.file.name);
    request.upload.onprogress = ({ loaded, total }) => {
      if (item.cancelled) return;
      item.percent = Math.floor((loaded / total) * 100);
      set(item, "sending", `Uploading ${item.percent}%`);
    };
    request.onloadend = () => {
      const retryAfterMs = 1000 * (Number(request.getResponseHeader("Retry-After")) || 0);
      resolve({ status: request.status, body: json(request.responseText), retryAfterMs });
    };
    item.percent = 0;
    item.abort = () => request.abort();
    request.open("POST", settings.uploadUrl);
    request.setRequestHeader("X-CSRF-Token", settings.formToken);
    request.setRequestHeader("Idempotency-Key", item.key);
    request.setRequestHeader("Accept", "application/json");
    request.send(data);
  });
}

function json(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {}; // not JSON, such as a page of a proxy: the status alone has to do
  }
}
