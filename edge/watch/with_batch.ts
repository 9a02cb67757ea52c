import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { findAccess, type GrantedAccess } from "./find_access.ts";
import { readBatch } from "./read_batch.ts";
import { refuseAccess } from "./refuse_access.ts";
import { NOT_FOUND, watchProblem } from "./watch_problem.ts";

/** What is answered with a batch. */
export type AnswerBatch = (record: BatchRecord, access: GrantedAccess) => Response | Promise<Response>;

/** Answers with a batch, to who may see it. Nothing is looked for on behalf of anybody else. */
export async function withBatch(
  context: EdgeContext,
  request: Request,
  { batchId, isPage = false }: { batchId: string; isPage?: boolean },
  answer: AnswerBatch,
): Promise<Response> {
  const access = await findAccess(context, request, { batchId });
  if (access.state !== "granted") return await refuseAccess(context, access.state, { isPage });
  const found = await readBatch(context, batchId);
  return await (found === undefined ? watchProblem(NOT_FOUND, { isPage }) : answer(found.value, access));
}
