// One file's way to the server: a last look at it, then a request, repeated after faults that may pass.

import { inspect } from "./inspect.js";
import { settings } from "./settings.js";

const TRIES = 4; // one and three more
const FIRST_PAUSE_MS = 1000;
const THE_FILES_FAULT = [400, 413, 415, 422];

// Settles true when something other than the file is in the way, which `access` sees to: then it is to be sent again.
// `accepted(item)` is told once the server has the file.
export async function transfer(item, queue, access, accepted) {
  const { fault, picture } = await inspect(item.file);
  queue.judge(item, { fault, picture });
  if (fault) return false;
  for (let attempt = 1; ; attempt += 1) {
    if (item.cancelled) return false;
    if (queue.held) return true;
    const answer = await send(item, queue);
    if (item.cancelled) return false;
    if ([200, 201, 202].includes(answer.status)) {
      item.id = answer.body.id;
      queue.set(item, "queued", "Uploaded, in queue");
      accepted(item);
      return false;
    }
    if (await access.hinders(answer)) return true;
    if (item.cancelled) return false;
    const mayPass = [0, 408, 429].includes(answer.status) || answer.status >= 500;
    if (!mayPass || attempt === TRIES) {
      end(item, queue, answer);
      return false;
    }
    queue.set(item, "retrying", `Retrying, attempt ${attempt + 1} of ${TRIES}`);
    const backoff = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
    await pause(item, Math.max(backoff, answer.retryAfterMs));
  }
}

function end(item, queue, { status, body }) {
  const detail = body.detail ?? (status ? `the server answered ${status}` : "the connection broke each time");
  if (THE_FILES_FAULT.includes(status)) queue.set(item, "rejected", `Rejected: ${detail}`);
  else queue.set(item, "failed", `Failed: ${detail}`);
}

function pause(item, milliseconds) {
  return new Promise((resolve) => {
    item.abort = resolve;
    setTimeout(resolve, milliseconds);
  });
}

// Answers {status, body, retryAfterMs, token}; status 0 is a network error. Not fetch, which tells no progress.
function send(item, queue) {
  return new Promise((resolve) => {
    const token = settings.formToken;
    const request = new XMLHttpRequest();
    const data = new FormData();
    data.append("caption", item.caption);
    data.append("licence", item.licence);
    data.append("album", item.album ?? "");
    data.append("file", item.file, item.file.name);
    const progress = (loaded, total) => {
      item.percent = Math.floor((loaded / total) * 100);
      queue.set(item, "sending", `Uploading ${item.percent}%`);
    };
    request.upload.onprogress = ({ loaded, total }) => { if (!item.cancelled) progress(loaded, total); };
    request.onloadend = () => {
      const retryAfterMs = 1000 * (Number(request.getResponseHeader("Retry-After")) || 0);
      resolve({ status: request.status, body: json(request.responseText), retryAfterMs, token });
    };
    progress(0, 1);
    item.abort = () => request.abort();
    request.open("POST", settings.uploadUrl);
    request.setRequestHeader("X-CSRF-Token", token);
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
