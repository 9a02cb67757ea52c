import { html } from "hono/html";
import { type BatchRecord, isEnded, type TaskEntry } from "../../records/batch_record.ts";
import type { BatchAddresses } from "../batch_addresses.ts";
import type { TaskRange } from "../task_range.ts";
import { doubtCard } from "./doubt_card.ts";
import { facts } from "./facts.ts";
import { failureLinks } from "./failure_links.ts";
import { type Html, layout } from "./layout.ts";
import { progressCard } from "./progress_card.ts";
import { taskTable } from "./task_table.ts";
import { batchStateWord, percentEnded } from "./words.ts";

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
  const { id, hook, state, taskCount, counts, doubt } = record;
  const isOpen = !isEnded(state);
  const percent = percentEnded(taskCount - counts.pending, taskCount);
  const isInDoubt = state === "inDoubt" && doubt !== undefined;
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
            <div id="doubt" data-live="${state}">${isInDoubt
              ? doubtCard({ ...record, doubt }, {
                decisionAddress,
                operatorAddress: parts.operatorAddress,
              })
              : ""}</div>
            ${progressCard(record, failureLinks(counts.failed, entries, range, addresses))}
      <section class="card facts" aria-labelledby="batch-title"><h2 id="batch-title" class="unseen">Batch</h2>${facts(
        record,
      )}</section>
      ${taskTable(rows, { range, taskCount, addresses })}
      ${operator === undefined ? "" : shareCard(operator.shareLink)}
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
