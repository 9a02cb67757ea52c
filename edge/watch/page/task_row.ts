import { html } from "hono/html";
import type { BatchAddresses } from "../batch_addresses.ts";
import type { ShownError, ShownResult } from "../read_results.ts";
import { readableText } from "../../results/readable_text.ts";
import { writeReadable } from "../../results/write_readable.ts";
import type { Html } from "./layout.ts";
import { taskStateMark } from "./words.ts";

/** A result that is longer than this is folded. */
const MAX_OPEN_LENGTH = 100;
/** What is longer than this is cut: the whole of it is a click away. */
const MAX_SHOWN_LENGTH = 4_000;

/** A task, with what came of it. */
export function taskRow(task: ShownResult, addresses: BatchAddresses): Html {
  const { index, taskId, state, status } = task;
  return html`
    <tr id="task-${index}" data-live="${state} ${status ?? ""}">
      <th scope="row">${index}</th>
      <td>${taskStateMark(state)}${status === undefined
        ? ""
        : html`<span class="status">${status}</span>`}</td>
      <td>${taskResult(task, addresses)}</td>
      <td class="task-id wide"><span class="id">${taskId ?? "–"}</span></td>
    </tr>
  `;
}

function taskResult(
  { index, json, value, error, raw, state }: ShownResult,
  addresses: BatchAddresses,
): Html {
  if (error !== undefined) return failure(index, error, raw, addresses);
  if (json === undefined || value === undefined) {
    return html`<span class="soft">${state === "pending" ? "–" : ""}</span>`;
  }
  const isText = typeof value === "string";
  const text = isText ? value : json;
  if (text.length <= MAX_OPEN_LENGTH && !text.includes("\n")) {
    return html`<code class="value">${readableText(value)}</code>`;
  }
  const cutValue = isText ? value : writeReadable(value, { maxCharacters: MAX_SHOWN_LENGTH }).value;
  const whole = isText ? value : JSON.stringify(cutValue, null, 2);
  return html`<details><summary><code>${readableText(value)}</code></summary>${
    cut(whole, addresses)
  }</details>`;
}

function failure(
  index: number,
  error: ShownError,
  rawResult: string | undefined,
  addresses: BatchAddresses,
): Html {
  const { type, message, advice, traceback } = error;
  const brief = (message.trim().split("\n")[0] ?? "").slice(0, 2 * MAX_OPEN_LENGTH);
  const said = type === undefined || brief === "" ? brief : `: ${brief}`;
  return html`
    <details
      class="error"><summary>${type === undefined
        ? ""
        : html`<span class="error-type">${type}</span>`}${said}<span class="unseen"> (task ${index})</span></summary>
    ${advice === undefined ? "" : html`<p>${advice}</p>`}${cut(
      traceback ?? rawResult ?? message,
      addresses,
    )}</details>
  `;
}

function cut(text: string, { resultsJson }: BatchAddresses): Html {
  if (text.length <= MAX_SHOWN_LENGTH) return html`<pre>${text.trimEnd()}</pre>`;
  return html`
    <pre>${text.slice(0, MAX_SHOWN_LENGTH)}…</pre>
    <p class="soft">${text.length -
      MAX_SHOWN_LENGTH} characters more are in <a href="${resultsJson}">the results as JSON</a>.</p>
  `;
}
