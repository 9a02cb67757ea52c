import { html } from "hono/html";
import type { BatchAddresses } from "../batch_addresses.ts";
import type { TaskRange } from "../task_range.ts";
import { taskTable } from "./task_table.ts";
import { type Html, layout } from "./layout.ts";
import { decisionCard, removalCard } from "./decision_cards.ts";
import { type BatchRecord, isEnded, type TaskEntry } from "../../records/batch_record.ts";
import { batchStateWord, durationText, percentEnded, submissionText, timeMark } from "./words.ts";
import type { Commit } from "../../hook.ts";

/** What the page of a batch shows. */
export interface BatchPageParts {
  record: BatchRecord;
  entries: readonly TaskEntry[] | undefined;
  rows: readonly Html[];
  range: TaskRange;
  addresses: BatchAddresses;
  /** What an operator sees beside it. */
  operator: { listAddress: string; shareLink: string } | undefined;
  /** Where an operator is let in who has come by a link, if any operator is. */
  operatorAddress: string | undefined;
  /** Where the page stops to reload itself, and whether it has. */
  reload: { isOn: boolean; toggleAddress: string };
}

/** The page of a batch: it tells the same with a script and without one. */
export function batchPage(parts: BatchPageParts): Html {
  const { record, entries, rows, range, addresses, operator, reload } = parts;
  const { id, hook, state, taskCount, takenCount, counts, submission, removedAtMs } = record;
  const isOpen = !isEnded(state);
  const percent = percentEnded(taskCount - counts.pending, taskCount);
  const decisionAddress = operator === undefined ? undefined : addresses.decision;
  return layout({
    title: isOpen ? `${percent} · ${hook}` : hook,
    header: html`${
      operator === undefined
        ? ""
        : html`<p class="crumb"><a href="${operator.listAddress}">All batches</a></p>`
    }<div class="title"><h1>${hook}</h1>
<span id="state" class="state pill" data-state="${state}" data-live="${state}">${
      batchStateWord(state)
    }</span></div>
<p class="soft">Batch <span class="id">${id}</span></p>`,
    main: html`
      <main id="main" tabindex="-1" data-state="${state}" data-title="${hook}" ${isOpen
        ? html`
          data-events="${addresses.events(range)}"
        `
        : ""}>
            <div id="doubt" data-live="${state} ${takenCount} ${submission.attempts} ${submission
              .nextAtMs}">${decisionCard(record, {
                decisionAddress,
                operatorAddress: parts.operatorAddress,
              })}</div>
            ${progressCard(record, failureLinks(counts.failed, entries, range, addresses))}
      <section class="card facts" aria-labelledby="batch-title"><h2 id="batch-title" class="unseen">Batch</h2>${facts(
        record,
      )}</section>
      ${taskTable(rows, { range, taskCount, addresses })}
      ${operator === undefined ? "" : shareCard(operator.shareLink)}
      ${decisionAddress === undefined || removedAtMs !== undefined
        ? ""
        : removalCard(decisionAddress, isOpen)}
            ${isOpen ? reloadNote(reload) : ""}
            </main>
    `,
    ...(isOpen && reload.isOn ? { reloadFrom: addresses.view(range) } : {}),
    isLive: isOpen,
  });
}

function shareCard(link: string): Html {
  return html`
    <section class="card" aria-labelledby="share-title">
      <h2 id="share-title">Share it</h2>
      <p><label for="share">Whoever has this link sees this batch, until the link expires</label></p>
      <p><input class="share" id="share" readonly value="${link}"></p>
    </section>
  `;
}

/** Somebody who reads a traceback without a script does not want to lose the place. */
function reloadNote({ isOn, toggleAddress }: BatchPageParts["reload"]): Html {
  const [text, link] = isOn
    ? ["This page reloads itself every 10 seconds.", "Stop that"]
    : ["This page stands still.", "Reload it by itself"];
  return html`<noscript><section class="card"><p class="notice">${text} <a href="${toggleAddress}">${link}</a></p></section></noscript>`;
}

/** The bar of a batch, and how many of its tasks are where. */
function progressCard({ state, taskCount, counts }: BatchRecord, failures: Html): Html {
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

/** Beyond so many, the results as CSV are the better list. */
const MAX_LINKS = 24;

/** The way to the tasks that failed, so that nobody looks for three of them among ten thousand. */
function failureLinks(
  failedCount: number,
  entries: readonly TaskEntry[] | undefined,
  range: TaskRange,
  addresses: BatchAddresses,
): Html {
  const failed: number[] = [];
  for (let index = 0; index < (entries?.length ?? 0) && failed.length < MAX_LINKS; index++) {
    if (entries?.[index]?.state === "failed") failed.push(index);
  }
  const links = failed.map((index) => html`<a href="${addressOf(index, range, addresses)}">${index}</a>`);
  const hidden = failedCount - failed.length;
  const more = hidden > 0 ? html`<span>and ${hidden} more</span>` : "";
  return html`
    <p id="failures" class="failures" data-live="${failedCount}" ${failed.length === 0
      ? html`
        hidden
      `
      : ""}>${failed.length === 0 ? "" : html`<span>Failed tasks</span>${links}${more}`}</p>
  `;
}

/** On the same page, it is no way to another one. */
function addressOf(index: number, { start, count }: TaskRange, addresses: BatchAddresses): string {
  const isHere = index >= start && index < start + count;
  return `${isHere ? "" : addresses.view({ start: index - (index % count), count })}#task-${index}`;
}

/** What is known of a batch beside its tasks. */
function facts(record: BatchRecord): Html {
  const { deliveryId, endpointId, taskGroupId, commit, endedAtMs, removedAtMs, collectedAtMs } = record;
  const { submission, state } = record;
  const isTrying = state === "submitting" || state === "refused";
  return html`<dl id="facts" data-live="${record.updatedAtMs}">
${fact("Started", timeMark(record.createdAtMs))}
${endedAtMs === undefined ? "" : fact("Ended", endMark(endedAtMs, record.createdAtMs))}
${removedAtMs === undefined ? "" : fact("Payload and results removed", timeMark(removedAtMs))}
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

/** A link would have to know which GitHub it is, and who may see it: the two names are enough to find it. */
function commitMark({ repository, sha }: Commit): Html {
  return html`${repository} <span class="id">${sha.slice(0, 12)}</span>`;
}
