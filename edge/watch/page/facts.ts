import { html } from "hono/html";
import type { Commit } from "../../hook.ts";
import type { BatchRecord } from "../../records/batch_record.ts";
import type { Html } from "./layout.ts";
import { counted, durationText, timeMark } from "./words.ts";

/** What is known of a batch beside its tasks. */
export function facts(record: BatchRecord): Html {
  const { deliveryId, endpointId, taskGroupId, commit, endedAtMs, collectedAtMs, submission, state } = record;
  const isTrying = state === "submitting" || state === "refused";
  return html`<dl id="facts" data-live="${record.updatedAtMs}">
${fact("Started", timeMark(record.createdAtMs))}
${endedAtMs === undefined ? "" : fact("Ended", endMark(endedAtMs, record.createdAtMs))}
${
    collectedAtMs === undefined || endedAtMs !== undefined
      ? ""
      : fact("Results last asked for", timeMark(collectedAtMs))
  }
${isTrying ? fact("Submission", submissionText(submission)) : ""}
${fact("Delivery", idMark(deliveryId))}
${commit === undefined ? "" : fact("Commit", commitMark(commit))}
${fact("Endpoint", idMark(endpointId))}
${taskGroupId === undefined ? "" : fact("Task group", idMark(taskGroupId))}
</dl>`;
}

function fact(name: string, value: Html): Html {
  return html`
    <div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>
  `;
}

function endMark(endedAtMs: number, createdAtMs: number): Html {
  return html`${timeMark(endedAtMs)}<span class="status">after ${
    durationText(endedAtMs - createdAtMs)
  }</span>`;
}

function idMark(id: string): Html {
  return html`<span class="id">${id}</span>`;
}

function submissionText({ attempts, problem }: BatchRecord["submission"]): Html {
  return html`${counted(attempts, "attempt")}${problem === undefined ? "" : `: ${problem}`}`;
}

/** A link would have to know which GitHub it is, and who may see it: the two names are enough to find it. */
function commitMark({ repository, sha }: Commit): Html {
  return html`${repository} <span class="id">${sha.slice(0, 12)}</span>`;
}
