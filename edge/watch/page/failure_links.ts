import { html } from "hono/html";
import type { TaskEntry } from "../../records/batch_record.ts";
import type { BatchAddresses } from "../batch_addresses.ts";
import type { TaskRange } from "../task_range.ts";
import type { Html } from "./layout.ts";

/** Beyond so many, the results as CSV are the better list. */
const MAX_LINKS = 24;

/** The way to the tasks that failed, so that nobody looks for three of them among ten thousand. */
export function failureLinks(
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
