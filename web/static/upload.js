// The upload queue: three transfers at once, retries, then the state of each file on the server.
// Data flow: add files -> rows wait -> Start -> XHR to the API -> one batched status request until all is final.

const TRANSFERS = 3;
const TRIES = 4; // one and three more
const POLL_MS = 2000;
const POLL_SLOWEST_MS = 10000;
const SAY_EVERY_MS = 3000;
const STATUS_BATCH = 100;

const $ = (id) => document.getElementById(id);
const form = $("upload");
const list = $("rows");
const icons = $("state-icons").content;
const config = {
  api: form.dataset.api,
  status: form.dataset.status,
  maxBytes: Number(form.dataset.maxBytes),
  types: form.elements.file.accept.split(","),
  csrf: form.elements.csrf_token.value,
};
const items = new Set();
const byId = new Map();
let sending = 0;

const size = (bytes) => {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1048576) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / 1048576).toFixed(1)} MB`;
};

// ---- what each state says, shows and offers ----
const STATES = {
  waiting: { icon: "clock", act: "Remove" },
  sending: { icon: "upload", act: "Cancel", going: true },
  retrying: { icon: "spin", act: "Cancel", going: true, busy: true },
  queued: { icon: "clock", going: true },
  processing: { icon: "spin", going: true, busy: true },
  published: { icon: "done", act: "View" },
  rejected: { icon: "no", act: "Remove", problem: true },
  failed: { icon: "warn", act: "Retry", problem: true },
  kept: { icon: "warn", problem: true }, // the portal has it but could not process it: not ours to send again
  stopped: { icon: "no", act: "Retry", problem: true },
};

function set(item, state, words) {
  const look = STATES[state];
  const { row } = item;
  const changed = item.state !== state;
  item.state = state;
  const line = row.querySelector("[data-state]");
  if (changed) {
    line.className = `state state-${state}${look.busy ? " state-busy" : ""}`;
    line.replaceChildren(
      icons.querySelector(`[data-icon=${look.icon}]`).firstElementChild.cloneNode(true),
      document.createElement("span"),
    );
    row.toggleAttribute("data-problem", Boolean(look.problem));
    const hadFocus = row.querySelector(".row-act").contains(document.activeElement);
    row.querySelector(".row-act").replaceChildren(...actionFor(item, look.act));
    if (hadFocus) (row.querySelector(".row-act > *") ?? $("summary-text")).focus();
    row.querySelector("progress").hidden = state !== "sending";
    row.querySelector(".row-caption").hidden = state !== "waiting";
  }
  line.lastElementChild.textContent = words;
  summary();
}

function actionFor(item, act) {
  if (!act) return [];
  const element = document.createElement(act === "View" ? "a" : "button");
  element.className = "btn btn-small";
  const name = document.createElement("span");
  name.className = "vh";
  name.textContent = ` ${item.file.name}`;
  element.append(act, name);
  if (act === "View") {
    element.href = item.pageUrl;
    return [element];
  }
  element.type = "button";
  element.addEventListener("click", () => ({ Remove: remove, Cancel: cancel, Retry: retry })[act](item));
  return [element];
}

// ---- rows ----
const previews = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    previews.unobserve(target);
    const item = [...items].find((candidate) => candidate.row === target);
    if (item) preview(item);
  }
}, { rootMargin: "200px" });

function preview(item) {
  const image = new Image(56, 56);
  const url = URL.createObjectURL(item.file);
  image.alt = "";
  image.onload = () => {
    item.info = `${size(item.file.size)} · ${image.naturalWidth} × ${image.naturalHeight}`;
    item.row.querySelector(".row-info").textContent = item.info;
    item.row.querySelector(".thumb").replaceChildren(image);
    URL.revokeObjectURL(url);
  };
  image.onerror = () => URL.revokeObjectURL(url);
  image.src = url;
}

function add(files) {
  for (const file of files) {
    const row = $("row-template").content.firstElementChild.cloneNode(true);
    const item = { file, row, key: crypto.randomUUID(), state: "" };
    const name = row.querySelector(".row-name");
    name.id = `name-${item.key}`;
    name.title = file.name;
    name.firstElementChild.textContent = file.name;
    row.querySelector(".row-info").textContent = size(file.size);
    row.querySelector("progress").setAttribute("aria-labelledby", name.id);
    row.querySelector("textarea").setAttribute("aria-label", `Caption of ${file.name}`);
    items.add(item);
    list.append(row);
    const fault = faultOf(file);
    set(item, fault ? "rejected" : "waiting", fault ? `Rejected: ${fault}` : "Waiting");
    if (!fault) previews.observe(row);
    row.addEventListener("keydown", (event) => {
      if (event.key !== "Delete" || event.target.closest("textarea")) return;
      if (["Remove", "Retry"].includes(STATES[item.state].act) && !item.go) remove(item);
    });
  }
}

function faultOf(file) {
  if (file.size === 0) return "this file is empty";
  if (file.size > config.maxBytes) return `larger than ${Math.round(config.maxBytes / 1048576)} MB`;
  if (file.type && !config.types.includes(file.type)) {
    return file.type.startsWith("image/") ? `only ${form.dataset.formats} can be shared` : "not an image";
  }
  return "";
}

function remove(item) {
  const next = item.row.nextElementSibling ?? item.row.previousElementSibling;
  items.delete(item);
  byId.delete(item.id);
  item.row.remove();
  (next?.querySelector(".row-act > *") ?? $("file")).focus();
  summary();
}

function cancel(item) {
  item.cancelled = true;
  item.xhr?.abort();
  item.wake?.();
  set(item, "stopped", "Cancelled");
}

// The key stays the same, so that a file that did arrive after all is not doubled.
function retry(item) {
  set(item, "waiting", "Waiting");
  item.go = true;
  pump();
}

// ---- transfers ----
function start() {
  const common = form.elements.caption.value.trim();
  const licence = form.elements.licence.value;
  for (const item of items) {
    if (item.state !== "waiting" || item.go) continue;
    const own = item.row.querySelector("textarea").value.trim();
    item.caption = [own, common].filter(Boolean).join("\n");
    item.licence = licence;
    item.go = true;
    item.row.querySelector(".row-caption").hidden = true;
  }
  pump();
}

function pump() {
  for (const item of items) {
    if (sending >= TRANSFERS) return;
    if (item.state === "waiting" && item.go) transfer(item);
  }
}

async function transfer(item) {
  sending += 1;
  item.cancelled = false;
  item.go = false;
  try {
    for (let attempt = 1; ; attempt += 1) {
      set(item, "sending", "Uploading 0%");
      const answer = await send(item);
      if (item.cancelled) return;
      if (answer.status === 202 || answer.status === 200 || answer.status === 201) {
        item.id = answer.body.id;
        byId.set(item.id, item);
        set(item, "queued", "Uploaded, in queue");
        poll(true);
        return;
      }
      const again = answer.status === 0 || answer.status === 429 || answer.status >= 500;
      if (!again) {
        const detail = answer.body.detail ?? `the server answered ${answer.status}`;
        const mine = [400, 413, 415, 422].includes(answer.status);
        set(item, mine ? "rejected" : "failed", `${mine ? "Rejected" : "Failed"}: ${detail}`);
        return;
      }
      if (attempt === TRIES) {
        const detail = answer.body.detail ?? "the portal could not be reached";
        set(item, "failed", `Failed: ${detail}`);
        return;
      }
      set(item, "retrying", `Retrying, attempt ${attempt + 1} of ${TRIES}`);
      const backoff = 1000 * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
      await new Promise((resolve) => {
        item.wake = resolve;
        setTimeout(resolve, Math.max(backoff, answer.retryAfter * 1000));
      });
      if (item.cancelled) return;
    }
  } finally {
    sending -= 1;
    summary();
    pump();
  }
}

// Answers {status, body, retryAfter}; status 0 is a network error.
function send(item) {
  return new Promise((resolve) => {
    const xhr = new XMLHttpRequest();
    const data = new FormData();
    data.append("caption", item.caption ?? "");
    data.append("licence", item.licence ?? form.elements.licence.value);
    data.append("file", item.file, item.file.name);
    const bar = item.row.querySelector("progress");
    bar.value = 0;
    xhr.upload.onprogress = ({ loaded, total }) => {
      if (item.cancelled) return;
      const percent = Math.floor((loaded / total) * 100);
      bar.value = percent;
      set(item, "sending", `Uploading ${percent}%`);
    };
    xhr.onloadend = () => {
      let body = {};
      try {
        body = JSON.parse(xhr.responseText) ?? {};
      } catch {
        // Not JSON, such as a page of a proxy: the status alone has to do.
      }
      resolve({ status: xhr.status, body, retryAfter: Number(xhr.getResponseHeader("Retry-After")) || 0 });
    };
    item.xhr = xhr;
    xhr.open("POST", config.api);
    xhr.setRequestHeader("X-CSRF-Token", config.csrf);
    xhr.setRequestHeader("Idempotency-Key", item.key);
    xhr.setRequestHeader("Accept", "application/json");
    xhr.send(data);
  });
}

// ---- status on the server ----
let timer = 0;
let wait = POLL_MS;
let etags = new Map();

function poll(soon = false) {
  if (soon) wait = POLL_MS;
  if (!timer && !document.hidden) timer = setTimeout(ask, wait);
}

async function ask() {
  const open = [...byId.values()].filter((item) => STATES[item.state].going);
  let changed = false;
  for (let from = 0; from < open.length; from += STATUS_BATCH) {
    const ids = open.slice(from, from + STATUS_BATCH).map((item) => item.id).join(",");
    const url = `${config.status}?ids=${ids}&limit=${STATUS_BATCH}`;
    try {
      const headers = { Accept: "application/json" };
      if (etags.has(url)) headers["If-None-Match"] = etags.get(url);
      const response = await fetch(url, { headers, cache: "no-store" });
      if (response.status !== 200) continue;
      etags = new Map([[url, response.headers.get("ETag") ?? ""]]);
      for (const upload of (await response.json()).items) changed = show(upload) || changed;
    } catch {
      // The next round asks again.
    }
  }
  timer = 0;
  wait = changed ? POLL_MS : Math.min(wait * 1.25, POLL_SLOWEST_MS);
  if ([...byId.values()].some((item) => STATES[item.state].going)) poll();
}

function show(upload) {
  const item = byId.get(upload.id);
  if (!item) return false;
  const before = item.row.querySelector("[data-state]").textContent;
  if (upload.status === "published") {
    item.pageUrl = upload.image?.page_url ?? "/uploads";
    set(item, "published", "Published");
  } else if (upload.status === "rejected") {
    set(item, "rejected", `Rejected: ${upload.reason?.message ?? "this file cannot be shared"}`);
  } else if (upload.status === "failed") {
    set(item, "kept", `Failed: ${upload.reason?.message ?? `we could not process it. Reference ${upload.id.slice(-8)}`}`);
  } else if (upload.status === "processing") {
    set(item, "processing", upload.attempts > 1 ? `Retrying, attempt ${upload.attempts}` : "Checking image");
  } else {
    const ahead = upload.queue_position ? ` (${upload.queue_position} ahead)` : "";
    set(item, "queued", upload.attempts ? `Retrying, attempt ${upload.attempts + 1}` : `Uploaded, in queue${ahead}`);
  }
  return item.row.querySelector("[data-state]").textContent !== before;
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && byId.size) poll(true);
});

// ---- the line above the list ----
let lastSaid = "";
let sayTimer = 0;

function summary() {
  const count = { published: 0, going: 0, waiting: 0, problem: 0 };
  let retryable = 0;
  for (const item of items) {
    const look = STATES[item.state];
    if (item.state === "published") count.published += 1;
    else if (look.going) count.going += 1;
    else if (look.problem) count.problem += 1;
    else if (item.go) count.going += 1;
    else count.waiting += 1;
    if (look.act === "Retry") retryable += 1;
  }
  const total = items.size;
  const images = (n) => `${n} ${n === 1 ? "image" : "images"}`;
  let text;
  const attention = count.problem ? [`${count.problem} ${count.problem === 1 ? "needs" : "need"} attention`] : [];
  if (count.waiting && !count.published && !count.going) {
    text = [`${count.waiting} ${count.waiting === 1 ? "file" : "files"} ready`, ...attention].join(" · ");
  } else if (count.published === total) {
    text = total === 1 ? "Your image is published" : `All ${total} images are published`;
  } else if (!count.going && !count.waiting) {
    text = count.published ? `${count.published} published, ${count.problem} failed` : "None could be published";
  } else {
    text = [`${count.published} of ${total} published`]
      .concat(count.going ? `${count.going} in progress` : [])
      .concat(count.waiting ? `${count.waiting} waiting` : [])
      .concat(attention)
      .join(" · ");
  }
  $("summary-text").textContent = text;
  for (const id of ["summary", "rows"]) $(id).hidden = total === 0;
  $("drop").classList.toggle("is-small", total > 0);
  $("start").hidden = count.waiting === 0;
  $("start").textContent = `Upload ${images(count.waiting)}`;
  $("retry-all").hidden = retryable === 0 || count.going > 0;
  $("retry-all").textContent = `Retry ${retryable} failed`;
  $("only-problems").hidden = count.problem === 0 || count.problem === total;
  if ($("only-problems").hidden && list.classList.contains("only-problems")) onlyProblems(false);
  $("copy-report").hidden = count.problem === 0 || count.going + count.waiting > 0;
  $("leave").hidden = count.published + count.going === 0;
  if (!sayTimer) {
    sayTimer = setTimeout(() => {
      sayTimer = 0;
      const now = $("summary-text").textContent;
      if (now !== lastSaid && items.size) $("status").textContent = now;
      lastSaid = now;
    }, SAY_EVERY_MS);
  }
}

function onlyProblems(on) {
  list.classList.toggle("only-problems", on);
  $("only-problems").setAttribute("aria-pressed", String(on));
  $("only-problems").textContent = on ? "Show all" : "Show only problems";
}

$("start").addEventListener("click", start);
$("retry-all").addEventListener("click", () => {
  for (const item of [...items]) if (STATES[item.state].act === "Retry") retry(item);
});
$("only-problems").addEventListener("click", () => onlyProblems(!list.classList.contains("only-problems")));
$("copy-report").addEventListener("click", async () => {
  const lines = [...items].map((item) => `${item.file.name}\t${item.row.querySelector("[data-state]").textContent}`);
  try {
    await navigator.clipboard.writeText(`${$("summary-text").textContent}\n${lines.join("\n")}\n`);
    $("status").textContent = "Report copied";
    $("copy-report").textContent = "Copied";
  } catch {
    $("copy-report").textContent = "Could not copy";
  }
  setTimeout(() => { $("copy-report").textContent = "Copy report"; }, 2000);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  start();
});
form.elements.licence.addEventListener("change", ({ target }) => {
  $("licence-summary").textContent = target.selectedOptions[0].dataset.summary;
});

// ---- how files come in: chosen, dropped (folders too), pasted ----
form.elements.file.addEventListener("change", ({ target }) => {
  add(target.files);
  target.value = "";
});

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

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
let depth = 0;
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
addEventListener("paste", (event) => {
  if (event.clipboardData?.files.length) add(event.clipboardData.files);
});
addEventListener("beforeunload", (event) => {
  if (sending > 0) event.preventDefault();
});
