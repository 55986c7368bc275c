// The upload page. A file's way: intake -> queue -> known -> transfer -> follow; rows and summary show what the queue tells,
// access holds it while the portal can't be reached, and keep has what is unsent outlive the page.

import { Access } from "./access.js";
import { Follower } from "./follow.js";
import { Hold } from "./hold.js";
import { takeIn } from "./intake.js";
import { Keeper } from "./keep.js";
import { Known } from "./known.js";
import { Queue } from "./queue.js";
import { Rows } from "./rows.js";
import { $, form } from "./settings.js";
import { Side } from "./side.js";
import { Summary } from "./summary.js";
import { transfer } from "./transfer.js";

const queue = new Queue(async (item) => {
  if (await known.leavesOut(item)) return false;
  return transfer(item, queue, access, (accepted) => follower.follow(accepted));
});
const access = new Access(queue);
const follower = new Follower(queue, access);
const known = new Known(queue);
const side = new Side();
new Rows(queue);
new Summary(queue);
new Hold(queue, access);

const keeper = new Keeper((file, known) => queue.add(file, known), (item) => {
  item.unkept = true;
  queue.set(item, item.state, item.words);
});
queue.addEventListener("changed", ({ detail }) => keeper.changed(detail.item));
queue.addEventListener("removed", ({ detail }) => keeper.forget(detail.item));

takeIn((files) => { for (const file of files) queue.add(file); }, (count) => {
  $("left-out").hidden = count === 0;
  $("left-out").textContent = `${count === 1 ? "1 file" : `${count} files`} of the folder left out: not pictures.`;
});

function start() {
  if (queue.start(side.caption, side.licence, side.album)) side.clear();
}
$("start").addEventListener("click", start);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  start();
});
addEventListener("beforeunload", (event) => { if (queue.unsent.length) event.preventDefault(); });
