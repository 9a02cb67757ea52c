import { html } from "hono/html";
import type { BatchRecord, Doubt } from "../../records/batch_record.ts";
import type { Decision } from "../../submit/decide.ts";
import type { Html } from "./layout.ts";
import { counted, timeMark } from "./words.ts";

/** A decision, its name for people, and what comes of it. */
type Choice = readonly [decision: Decision, label: string, consequence: string];

const SUBMIT_AGAIN: Choice = [
  "submitAgain",
  "Submit it again",
  "The service is asked once more, and where that tells nothing new, all tasks are submitted again. Those that it took the first time run twice.",
];
const ADOPT: Choice = [
  "adopt",
  "Take the tasks that were found",
  "They become this batch, and nothing is submitted. Those whose places nobody knows fill the places that are left, in the order in which they were found.",
];
const ABANDON: Choice = [
  "abandon",
  "Give it up",
  "The batch ends here. Tasks that the service took may run, and nobody collects their results.",
];

/** What is shown of a batch in doubt. */
export type DoubtfulBatch = Pick<BatchRecord, "taskCount" | "taskGroupId"> & { doubt: Doubt };

/** Where an operator decides, for one who is let in, and where others are let in as operators, if any are. */
export interface DoubtAddresses {
  decisionAddress: string | undefined;
  operatorAddress: string | undefined;
}

/** What is not known of a batch, and for an operator the way to decide. */
export function doubtCard(
  { taskCount, taskGroupId, doubt: { message, sinceMs, accepted, recoveredTaskIds } }: DoubtfulBatch,
  { decisionAddress, operatorAddress }: DoubtAddresses,
): Html {
  const isComplete = accepted.length + recoveredTaskIds.length === taskCount && taskGroupId !== undefined;
  const who = operatorAddress === undefined
    ? "Whoever runs this service"
    : html`<a href="${operatorAddress}">An operator of this service</a>`;
  const found = taskGroupId === undefined
    ? "The service has named no group of tasks, so nothing could be looked for in it"
    : `${counted(recoveredTaskIds.length, "more task")} found in its group, of which nobody knows the place`;
  return html`<section class="card doubt" aria-labelledby="doubt-title">
<h2 id="doubt-title">Nobody knows whether the service has this batch</h2>
<p>${message}</p>
<p>It is not submitted again by itself, as its tasks might run twice. In doubt since ${timeMark(sinceMs)}.</p>
<ul>
<li>${accepted.length} of ${counted(taskCount, "task")} surely taken</li>
<li>${found}${recoveredTaskIds.length === 0 ? "" : ids(recoveredTaskIds)}</li>
</ul>
${
    decisionAddress === undefined
      ? html`<p>${who} has to decide.</p>`
      : decisionForm(decisionAddress, isComplete ? [SUBMIT_AGAIN, ADOPT, ABANDON] : [SUBMIT_AGAIN, ABANDON])
  }
</section>`;
}

function ids(taskIds: readonly string[]): Html {
  return html`
    <details>
      <summary>Their ids</summary>
      <pre>${taskIds.join("\n")}</pre>
    </details>
  `;
}

function decisionForm(address: string, choices: readonly Choice[]): Html {
  return html`<form method="post" action="${address}"><fieldset><legend>What is to become of it?</legend>
${
    choices.map(([decision, label, consequence]) =>
      html`<div class="choice"><input type="radio" required name="decision" value="${decision}" id="${decision}"
aria-describedby="${decision}-means"><label for="${decision}">${label}</label>
<p class="soft" id="${decision}-means">${consequence}</p></div>`
    )
  }
</fieldset><button class="button primary" type="submit">Decide</button></form>`;
}
