import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { readResults, type ShownResult } from "./read_results.ts";
import { readTaskEntries } from "./shown_task.ts";

/** Texts of about this length are sent at once. */
const PIECE_LENGTH = 65_536;

/** All results of a batch as one JSON document, piece by piece. */
export async function* resultsJson(
  context: EdgeContext,
  record: BatchRecord,
): AsyncGenerator<string, void, void> {
  const { id, hook, state, taskCount } = record;
  const entries = await readTaskEntries(context, id);
  const head = JSON.stringify({ batchId: id, hook, state, taskCount });
  let text = `${head.slice(0, -1)},"results":[`;
  let isFirst = true;
  for await (const result of readResults(context, record, entries, { start: 0, count: taskCount })) {
    text += `${isFirst ? "" : ","}\n${resultJson(result)}`;
    isFirst = false;
    if (text.length < PIECE_LENGTH) continue;
    yield text;
    text = "";
  }
  yield `${text}\n]}\n`;
}

function resultJson({ json, value: _, readable: __, ...task }: ShownResult): string {
  const text = JSON.stringify(task);
  return json === undefined ? text : `${text.slice(0, -1)},"result":${json}}`;
}
