import { html } from "hono/html";
import type { BatchRecord, Doubt } from "../../records/batch_record.ts";
import type { Decision } from "../../submit/decide.ts";
import type { Html } from "./layout.ts";
import { counted, submissionText, timeMark } from "./words.ts";

/** A decision, its name for people, and what comes of it. */
type Choice = readonly [decision: Decision, label: string, consequence: string];

const SUBMIT_REST: Choice = ["submitAgain", "Submit the rest again", "It is tried at once."];
const SUBMIT_DOUBTFUL: Choice = [
  "submitAgain",
  "Submit it again",
  "What the service does not surely have is submitted. A task that it has after all runs twice.",
];
const ADOPT: Choice = [
  "adopt",
  "Take the tasks that were found",
  "They fill the places of those in doubt, in the order in which they were found, and are not submitted again.",
];
const ABANDON: Choice = [
  "abandon",
  "Give it up",
  "The batch ends here. Tasks that the service has may run, and nobody collects their results.",
];

/** Where an operator decides, for one who is let in, and where others are let in as operators, if any are. */
export interface DecisionAddresses {
  decisionAddress: string | undefined;
  operatorAddress: string | undefined;
}

/** What is not known of a batch in doubt, or not taken of one that is submitted in part, and the way to decide. */
export function decisionCard(record: BatchRecord, addresses: DecisionAddresses): Html | "" {
  const { state, doubt, sending } = record;
  if (state === "inDoubt" && doubt !== undefined) return doubtCard(record, doubt, addresses);
  return state === "partlySubmitted" && sending === undefined ? restCard(record, addresses) : "";
}

function doubtCard(
  { taskCount, takenCount, taskGroupId }: BatchRecord,
  { message, sinceMs, count, recoveredTaskIds }: Doubt,
  addresses: DecisionAddresses,
): Html {
  const isComplete = recoveredTaskIds.length === count && count > 0 && taskGroupId !== undefined;
  const found = taskGroupId === undefined
    ? "The service has named no group of tasks, so nothing could be looked for in it"
    : `${counted(recoveredTaskIds.length, "more task")} found in its group, of which nobody knows the place`;
  return html`<section class="card doubt" aria-labelledby="doubt-title">
<h2 id="doubt-title">Nobody knows whether the service has ${
    takenCount > 0 ? "the rest of " : ""
  }this batch</h2>
<p>${message}</p>
<p>It is not submitted again by itself, as its tasks might run twice. In doubt since ${timeMark(sinceMs)}.</p>
<ul>
<li>${takenCount} of ${counted(taskCount, "task")} surely taken</li>
<li>${counted(count, "task")} in doubt</li>
<li>${found}${recoveredTaskIds.length === 0 ? "" : ids(recoveredTaskIds)}</li>
</ul>
${decisions(addresses, isComplete ? [SUBMIT_DOUBTFUL, ADOPT, ABANDON] : [SUBMIT_DOUBTFUL, ABANDON])}
</section>`;
}

function restCard(
  { taskCount, takenCount, submission }: BatchRecord,
  addresses: DecisionAddresses,
): Html {
  const isWaiting = submission.nextAtMs === undefined;
  return html`<section class="card ${isWaiting ? "doubt" : "rest"}" aria-labelledby="doubt-title">
<h2 id="doubt-title">The service has ${takenCount} of ${counted(taskCount, "task")}</h2>
<p>The rest: ${submissionText(submission)}</p>
${isWaiting || addresses.decisionAddress !== undefined ? decisions(addresses, [SUBMIT_REST, ABANDON]) : ""}
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

function decisions(
  { decisionAddress, operatorAddress }: DecisionAddresses,
  choices: readonly Choice[],
): Html {
  if (decisionAddress === undefined) {
    const who = operatorAddress === undefined
      ? "Whoever runs this service"
      : html`<a href="${operatorAddress}">An operator of this service</a>`;
    return html`<p>${who} has to decide.</p>`;
  }
  return html`<form method="post" action="${decisionAddress}"><fieldset><legend>What is to become of it?</legend>
${
    choices.map(([decision, label, consequence]) =>
      html`<div class="choice"><input type="radio" required name="decision" value="${decision}" id="${decision}"
aria-describedby="${decision}-means"><label for="${decision}">${label}</label>
<p class="soft" id="${decision}-means">${consequence}</p></div>`
    )
  }
</fieldset><button class="button primary" type="submit">Decide</button></form>`;
}

/** What removes the payload and the results of a batch, folded, so that nobody does it by a slip. */
export function removalCard(decisionAddress: string, isOpen: boolean): Html {
  return html`
    <section class="card">
      <details>
        <summary>Remove its payload and results</summary>
        <p>They go at once, and for good. Tasks that run are not stopped.${isOpen
          ? " The batch is given up."
          : ""}</p>
        <form method="post" action="${decisionAddress}">
    <button class="button danger" name="decision" value="remove">Remove</button></form>
      </details>
    </section>
  `;
}
