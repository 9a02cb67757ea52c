import { readableText } from "../../results/readable_text.ts";
import { html } from "hono/html";
import type { BatchAddresses } from "../batch_addresses.ts";
import type { ShownError, ShownResult } from "../read_results.ts";
import { taskStateMark } from "./words.ts";
import { indentedJson } from "./indented_json.ts";
import { writeReadable } from "../../results/write_readable.ts";
import type { Html } from "./layout.ts";

/** A result that is longer than this is folded. */
const MAX_OPEN_LENGTH = 100;
/** What is longer than this is cut: the whole of it is a click away. */
const MAX_SHOWN_LENGTH = 4_000;

/** A task, with what came of it. */
export function taskRow(task: ShownResult, addresses: BatchAddresses): Html {
  const { index, taskId, state, status } = task;
  const word = status === undefined ? "" : html`<span class="status">${status}</span>`;
  return html`
    <tr role="row" id="task-${index}" data-live="${state} ${status ?? ""}">
      <th role="rowheader" scope="row">${index}</th>
      <td role="cell">${taskStateMark(state)}${word}</td>
      <td role="cell" class="result">${taskResult(task, addresses)}</td>
      <td role="cell" class="wide"><span class="id">${taskId ?? "–"}</span></td>
    </tr>
  `;
}

function taskResult(task: ShownResult, addresses: BatchAddresses): Html {
  const { index, json, value, error, state } = task;
  if (error !== undefined) return failure({ ...task, error }, addresses);
  if (json === undefined || value === undefined) {
    return html`<span class="soft">${state === "pending" ? "–" : "removed"}</span>`;
  }
  const isText = typeof value === "string";
  const text = isText ? value : json;
  if (text.length <= MAX_OPEN_LENGTH && !text.includes("\n")) {
    return html`<code class="value">${readableText(value)}</code>`;
  }
  const whole = isText
    ? value
    : indentedJson(writeReadable(value, { maxCharacters: MAX_SHOWN_LENGTH }).value);
  const brief = readableText(value).slice(0, MAX_OPEN_LENGTH);
  const folded = block(whole, `Result of task ${index}`, addresses);
  return html`<details><summary><code>${brief.replace(/…?$/, "…")}</code></summary>${folded}</details>`;
}

function failure(
  { index, raw, error: { type, message, advice, traceback } }: ShownResult & { error: ShownError },
  addresses: BatchAddresses,
): Html {
  const brief = (message.trim().split("\n")[0] ?? "").slice(0, 2 * MAX_OPEN_LENGTH);
  const said = type === undefined || brief === "" ? brief : `: ${brief}`;
  const name = type === undefined ? "" : html`<span class="error-type">${type}</span>`;
  const help = advice === undefined ? "" : html`<p>${advice}</p>`;
  const [text, label] = traceback !== undefined
    ? [traceback, "Traceback"]
    : raw !== undefined
    ? [raw, "Raw result"]
    : [message, "Failure"];
  const folded = block(text, `${label} of task ${index}`, addresses);
  return html`<details class="error"><summary>${name}${said}</summary>${help}${folded}</details>`;
}

/** A text that may be long: it scrolls by itself, so it can be focused, and is cut where it is very long. */
function block(text: string, label: string, { resultsJson }: BatchAddresses): Html {
  const shown = text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text.trimEnd();
  const more = text.length <= MAX_SHOWN_LENGTH
    ? ""
    : html`<p class="soft">The whole of it is in <a href="${resultsJson}">the results as JSON</a>.</p>`;
  return html`<pre role="region" tabindex="0" aria-label="${label}">${shown}</pre>${more}`;
}
