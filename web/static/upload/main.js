// The upload page. A file's way: intake -> queue -> transfer -> follow; rows and summary show what the queue tells.

import { Follower } from "./follow.js";
import { faultOf } from "./inspect.js";
import { takeIn } from "./intake.js";
import { Queue } from "./queue.js";
import { Rows } from "./rows.js";
import { $, form } from "./settings.js";
import { Summary } from "./summary.js";
import { transfer } from "./transfer.js";

const queue = new Queue((item) => transfer(item, queue.set.bind(queue), (accepted) => follower.follow(accepted)));
const follower = new Follower(queue);
new Rows(queue);
new Summary(queue);
takeIn((files) => { for (const file of files) queue.add(file, faultOf(file)); });

const start = () => queue.start(form.elements.caption.value, form.elements.licence.value);
$("start").addEventListener("click", start);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  start();
});
form.elements.licence.addEventListener("change", ({ target }) => {
  $("licence-summary").textContent = target.selectedOptions[0].dataset.summary;
});
addEventListener("beforeunload", (event) => { if (queue.sending > 0) event.preventDefault(); });
