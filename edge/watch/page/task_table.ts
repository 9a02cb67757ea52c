import { html } from "hono/html";
import type { BatchAddresses } from "../batch_addresses.ts";
import type { TaskRange } from "../task_range.ts";
import type { Html } from "./layout.ts";

/**
 * Some tasks of a batch, with what came of them, and the way to the others. The roles are said, as a narrow screen lays
 * the table out as something else.
 */
export function taskTable(
  rows: readonly Html[],
  { range, taskCount, addresses }: { range: TaskRange; taskCount: number; addresses: BatchAddresses },
): Html {
  const { start, count } = range;
  const last = start + rows.length;
  const caption = rows.length === 0
    ? "There is no task here"
    : `Tasks ${start} to ${last - 1} of ${taskCount}`;
  return html`<section class="card" aria-labelledby="tasks-title">
<div class="table-head"><h2 id="tasks-title">Tasks</h2>
<ul class="actions" aria-label="Download">
<li><a class="button" href="${addresses.resultsJson}">Results as JSON</a></li>
<li><a class="button" href="${addresses.resultsCsv}">Results as CSV</a></li></ul></div>
<table class="tasks" role="table">
<caption>${caption}</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col" class="task-index">Task</th>
<th role="columnheader" scope="col" class="task-state">State</th>
<th role="columnheader" scope="col">Result</th>
<th role="columnheader" scope="col" class="task-id wide">Id</th></tr></thead>
<tbody role="rowgroup">
${rows}
</tbody>
</table>
${start === 0 && last >= taskCount ? "" : pages({ start, count }, last < taskCount, addresses)}
</section>`;
}

function pages({ start, count }: TaskRange, hasNext: boolean, addresses: BatchAddresses): Html {
  const previous = addresses.view({ start: Math.max(start - count, 0), count });
  const next = addresses.view({ start: start + count, count });
  return html`<nav class="pages" aria-label="Pages of tasks">
${start > 0 ? html`<a class="button" rel="prev" href="${previous}">Previous</a>` : html`<span></span>`}
${hasNext ? html`<a class="button" rel="next" href="${next}">Next</a>` : ""}
</nav>`;
}
