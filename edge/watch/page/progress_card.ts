import { html } from "hono/html";
import type { BatchRecord } from "../../records/batch_record.ts";
import type { Html } from "./layout.ts";
import { percentEnded } from "./words.ts";

/** The bar of a batch, and how many of its tasks are where. */
export function progressCard({ state, taskCount, counts }: BatchRecord, failures: Html): Html {
  const ended = taskCount - counts.pending;
  const percent = percentEnded(ended, taskCount);
  return html`<section class="card" aria-labelledby="progress-title">
<h2 id="progress-title" class="unseen">Progress</h2>
<div class="progress-line"><label for="progress" id="ended">${ended} of ${taskCount} tasks have ended</label>
<span id="percent">${percent}</span></div>
<progress id="progress" max="${taskCount}" value="${ended}" data-state="${state}">${percent}</progress>
<ul class="counts">
${count("success", "Success", counts.success)}
${count("failed", "Failed", counts.failed)}
${count("lost", "Lost", counts.lost)}
${count("pending", "Pending", counts.pending)}
</ul>
${failures}
<p id="news" class="unseen" role="status"></p>
</section>`;
}

function count(name: keyof BatchRecord["counts"], word: string, value: number): Html {
  return html`<li><span class="state" data-state="${name}">${word} <b id="count-${name}">${value}</b></span></li>`;
}
