import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { isProblem, readTaskRange } from "./task_range.ts";
import { basePath, batchAddresses } from "./batch_addresses.ts";
import type { GrantedAccess } from "./find_access.ts";
import { batchLink } from "./batch_link.ts";
import { batchPage } from "./page/batch_page.ts";
import type { Html } from "./page/layout.ts";
import { pageResponse } from "./page/page_response.ts";
import { readResults } from "./read_results.ts";
import { readTaskEntries } from "./shown_task.ts";
import { watchProblem } from "./watch_problem.ts";
import { taskRow } from "./page/task_row.ts";

const DEFAULT_COUNT = 50;
const MAX_COUNT = 200;

/** A batch as a page. */
export async function viewAnswer(
  context: EdgeContext,
  request: Request,
  record: BatchRecord,
  { isOperator, capability }: GrantedAccess,
): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const range = readTaskRange(searchParams, { defaultCount: DEFAULT_COUNT, maxCount: MAX_COUNT });
  if (isProblem(range)) return watchProblem(range, { isPage: true });
  const base = basePath(context);
  const addresses = batchAddresses(base, record.id, capability);
  const entries = await readTaskEntries(context, record.id);
  // Each is drawn, and cut, as it comes: large results do not stand in memory together.
  const rows: Html[] = [];
  for await (const task of readResults(context, record, entries, range)) rows.push(taskRow(task, addresses));
  const isReloading = searchParams.get("reload") !== "off";
  const still = addresses.view(range);
  const page = batchPage({
    record,
    entries,
    rows,
    range,
    addresses,
    operator: isOperator
      ? { listAddress: `${base}/`, shareLink: await batchLink(context, record.id) }
      : undefined,
    operatorAddress: context.options.operator === undefined
      ? undefined
      : batchAddresses(base, record.id, undefined).view(),
    reload: { isOn: isReloading, toggleAddress: isReloading ? `${still}&reload=off` : still },
  });
  return pageResponse(page);
}
