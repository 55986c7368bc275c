// Asks what has become of uploads: soon after something new, ever later while nothing is, and not at all while the page
// is hidden. One request for all of them; the answer has no body while nothing has changed.

const SHORTEST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10000;
const AFTER_FAULT_MS = 2000;
const SHARE_OF_AGE = 0.15; // each wait is this part of the time for which nothing has been new
const ANSWERS = 4; // and as long as so many answers take: a busy server is asked less
const IDS_AT_ONCE = 100; // the API's limit

export class Poll {
  #url;
  #ids;
  #told;
  #loggedOut;
  #etags = new Map(); // by address
  #timer = 0;
  #asking = false;
  #newAt = 0;

  // `ids()`: those to ask for, none to rest. `told(uploads, ids)`: answers whether something is new.
  constructor(url, { ids, told, loggedOut = () => {} }) {
    this.#url = url;
    this.#ids = ids;
    this.#told = told;
    this.#loggedOut = loggedOut;
    document.addEventListener("visibilitychange", () => this.soon());
  }

  soon() {
    this.#newAt = performance.now();
    this.#plan(SHORTEST_WAIT_MS);
  }

  #plan(wait) {
    clearTimeout(this.#timer);
    if (!document.hidden && !this.#asking && this.#ids().length) this.#timer = setTimeout(() => this.#turn(), wait);
  }

  async #turn() {
    const begun = performance.now();
    const etags = new Map();
    let fault = false;
    this.#asking = true;
    try {
      const ids = this.#ids();
      for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
        const some = ids.slice(from, from + IDS_AT_ONCE);
        const uploads = await this.#ask(some, etags);
        if (uploads && await this.#told(uploads, some)) this.#newAt = performance.now();
      }
    } catch {
      fault = true; // the next round asks again
    }
    this.#asking = false;
    this.#etags = etags;
    const now = performance.now();
    const wait = Math.max(SHORTEST_WAIT_MS, SHARE_OF_AGE * (now - this.#newAt), ANSWERS * (now - begun));
    this.#plan(Math.min(fault ? Math.max(wait, AFTER_FAULT_MS) : wait, LONGEST_WAIT_MS));
  }

  // The uploads, or null when none has changed.
  async #ask(ids, etags) {
    const url = `${this.#url}?ids=${ids.join(",")}&limit=${IDS_AT_ONCE}`;
    const known = this.#etags.get(url);
    const headers = { Accept: "application/json", ...(known && { "If-None-Match": known }) };
    const response = await fetch(url, { headers, cache: "no-store" });
    if (response.status === 401) this.#loggedOut();
    if (response.status !== 200 && response.status !== 304) throw new Error(response.statusText);
    etags.set(url, response.headers.get("ETag"));
    return response.status === 304 ? null : (await response.json()).items;
  }
}

// The state and the words of an upload as the API tells of it.
export function stateOf({ id, status, reason, attempts, queue_position: ahead, wait_seconds: wait }) {
  switch (status) {
    case "published":
      return ["published", "Published"];
    case "held":
      return ["held", "A moderator looks at it first"];
    case "rejected":
      return ["rejected", `Rejected: ${reason?.message ?? "this file cannot be shared"}`];
    case "failed":
      return ["kept", `Failed: ${reason?.message ?? `we could not process it. Reference ${id.slice(-8)}`}`];
    case "processing":
      return ["processing", attempts > 1 ? `Retrying, attempt ${attempts}` : "Checking image"];
    case "taken_back":
    case "erased":
      return ["gone", "Taken back"];
    default:
      if (attempts) return ["queued", `Retrying, attempt ${attempts + 1}`];
      return ["queued", `Uploaded, in queue${ahead ? ` (about ${ahead.toLocaleString("en-GB")} ahead${inTime(wait)})` : ""}`];
  }
}

// As `about` in shared/domain/forecast.py says it.
function inTime(seconds) {
  if (seconds === undefined) return "";
  const minutes = Math.round(seconds / 60);
  if (seconds < 60) return ", less than a minute";
  if (minutes < 90) return `, about ${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `, about ${hours} h` : `, about ${Math.round(hours / 24)} days`;
}
