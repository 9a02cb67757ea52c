import { html } from "hono/html";
import type { BatchRecord } from "../../records/batch_record.ts";
import { batchStateWord, counted, timeMark } from "./words.ts";
import type { Hook } from "../../hook.ts";
import { type Html, layout } from "./layout.ts";

/** What an operator sees of all of it. */
export interface OperatorPageParts {
  hooks: ReadonlyMap<string, Hook>;
  batches: readonly { record: BatchRecord; address: string }[];
  /** The newest ones, where these are older, and the ones that are older than these. */
  newestAddress: string | undefined;
  olderAddress: string | undefined;
}

/** The hooks, and the batches that they have started. */
export function operatorPage({ hooks, batches, newestAddress, olderAddress }: OperatorPageParts): Html {
  return layout({
    title: "Hooks and batches",
    header: html`
      <h1>Hooks and batches</h1>
      <p class="soft">Globus Compute, started by webhooks</p>
    `,
    main: html`
      <main id="main" tabindex="-1">
        <section class="card" aria-labelledby="batches-title"><h2 id="batches-title">Batches</h2>
            ${batches.length === 0 ? html`<p class="soft">There is none yet.</p>` : batchTable(batches)}
            ${pages(newestAddress, olderAddress)}
        </section>
        <section class="card" aria-labelledby="hooks-title">
          <h2 id="hooks-title">Hooks</h2>
          <table>
            <caption>${counted(hooks.size, "hook")}</caption>
            <thead>
              <tr>
                <th scope="col" class="hook-name">Name</th>
                <th scope="col">Endpoints</th>
                <th scope="col" class="wide">What becomes of results</th>
              </tr>
            </thead>
            <tbody>${[...hooks].map(([name, hook]) => hookRow(name, hook))}</tbody>
          </table>
        </section>
      </main>
    `,
  });
}

function pages(newestAddress: string | undefined, olderAddress: string | undefined): Html | string {
  if (newestAddress === undefined && olderAddress === undefined) return "";
  return html`<nav class="pages" aria-label="Pages of batches">
${
    newestAddress === undefined
      ? html`<span></span>`
      : html`<a class="button" href="${newestAddress}">Newest</a>`
  }
${olderAddress === undefined ? "" : html`<a class="button" rel="next" href="${olderAddress}">Older</a>`}
</nav>`;
}

function batchTable(batches: OperatorPageParts["batches"]): Html {
  return html`
    <table>
      <caption>The newest first</caption>
      <thead>
        <tr>
          <th scope="col" class="batch-when">Batch</th>
          <th scope="col" class="task-state">State</th>
          <th scope="col">Tasks</th>
        </tr>
      </thead>
      <tbody>${batches.map(batchRow)}</tbody>
    </table>
  `;
}

function batchRow({ record, address }: OperatorPageParts["batches"][number]): Html {
  const { id, hook, state, createdAtMs, taskCount, counts } = record;
  const ended = taskCount - counts.pending;
  const bad = [
    ...(counts.failed === 0 ? [] : [`${counts.failed} failed`]),
    ...(counts.lost === 0 ? [] : [`${counts.lost} lost`]),
  ].join(", ");
  return html`
    <tr>
      <th scope="row"><a href="${address}">${hook}<span class="unseen"> ${id}</span></a>
    <span class="status">${timeMark(createdAtMs)}</span></th>
      <td><span class="state" data-state="${state}">${batchStateWord(state)}</span></td>
      <td><span class="fraction">${ended} of ${taskCount}</span>
    <progress max="${taskCount}" value="${ended}" data-state="${state}" aria-label="Tasks that have ended"></progress>
    ${bad === "" ? "" : html`<span class="status">${bad}</span>`}</td>
    </tr>
  `;
}

function hookRow(name: string, { verify, endpoints, functions, deliver, commitStatus }: Hook): Html {
  const verifier = nameOfVerifier(verify);
  const uses = [
    ...(deliver === undefined
      ? []
      : [deliver.content === "link" ? "a link is delivered" : "they are delivered"]),
    ...(commitStatus === undefined ? [] : ["the commit is told"]),
  ].join(", ");
  return html`
    <tr>
      <th scope="row">${name}${verifier === undefined
        ? ""
        : html`<span class="status">${verifier}</span>`}</th>
      <td>${endpoints.map((id) =>
        html`
          <span class="id">${id}</span>
        `
      )}<span class="status">${counted(functions.length, "function")}</span></td>
      <td class="wide">${uses === "" ? "They are shown here" : `They are shown here, ${uses}`}</td>
    </tr>
  `;
}

/** What a verifier verifies, where its function has a name of its own, and not that of the hook's property. */
export function nameOfVerifier({ name }: Hook["verify"]): string | undefined {
  return name === "" || name === "verify" ? undefined : name;
}
