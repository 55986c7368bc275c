// Every state a file can be in: its icon, what a person may do about it, and how it counts.
// `going`: nothing is to be done but wait. `busy`: its icon turns. `problem`: it needs attention.
// `unsent`: the portal does not have it yet and a person still wants it to.

export const STATES = {
  waiting: { icon: "clock", act: "Remove", unsent: true },
  paused: { icon: "pause", act: "Cancel", unsent: true },
  sending: { icon: "upload", act: "Cancel", unsent: true, going: true },
  retrying: { icon: "spin", act: "Cancel", unsent: true, going: true, busy: true },
  queued: { icon: "clock", going: true },
  processing: { icon: "spin", going: true, busy: true },
  known: { icon: "done", act: "View", more: "Send anyway" }, // one's own already, and left out
  held: { icon: "pause" }, // a moderator looks at it first; this page doesn't wait for it
  published: { icon: "done", act: "View" },
  rejected: { icon: "no", act: "Remove", problem: true },
  failed: { icon: "warn", act: "Retry", unsent: true, problem: true },
  kept: { icon: "warn", problem: true }, // the portal has it but could not process it: not ours to send again
  gone: { icon: "no", act: "Remove", problem: true }, // taken back on another page
  stopped: { icon: "no", act: "Retry", problem: true },
};

export const look = (item) => STATES[item.state];
export const mayRetry = (item) => look(item).act === "Retry";
export const isUnsent = (item) => Boolean(look(item).unsent);
