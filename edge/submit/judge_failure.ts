import type { AcceptedTask } from "../../mod.ts";
import { ComputeHttpError } from "../../src/errors/http_error.ts";
import { ComputeAuthorizationError } from "../../src/errors/authorization_error.ts";
import { ComputeError } from "../../src/errors/compute_error.ts";
import { ComputeSubmissionError } from "../../src/errors/submission_error.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";

/** After how long what is refused is given up. */
const GIVE_UP_MS = 24 * 60 * 60 * 1000;
const FIRST_DELAY_MS = 15_000;
const MAX_DELAY_MS = 60 * 60 * 1000;

/** What a submission that failed is. */
export type Failure =
  /** Tasks may run, and nobody knows. */
  | {
    kind: "inDoubt";
    message: string;
    accepted: readonly AcceptedTask[];
    recoveredTaskIds: readonly string[];
    taskGroupId?: string;
  }
  /** What is left of it is tried again. */
  | { kind: "passing"; problem: string; delayMs: number }
  /** Surely none of its tasks was taken, and none will be. */
  | { kind: "forGood"; problem: string };

/** Tells what a submission that failed is, by the error and by what the client has noted under its key. */
export async function judgeFailure(
  context: EdgeContext,
  record: BatchRecord,
  error: unknown,
): Promise<Failure> {
  const isLate = context.clock.nowMs() - record.createdAtMs > GIVE_UP_MS;
  const { attempts, key } = record.submission;
  const problem = toProblem(error);
  const passing = { kind: "passing", problem, delayMs: delayMs(error, attempts) } as const;

  if (error instanceof ComputeSubmissionError) {
    const isOver = isLate || !isPassing(error.cause);
    if (!error.ambiguous && !isOver) return passing;
    return {
      kind: "inDoubt",
      message: error.ambiguous ? toDoubt(error) : `A part was taken, and the rest was not: ${problem}`,
      accepted: error.accepted,
      recoveredTaskIds: error.recoveredTaskIds,
      ...(error.taskGroupId === undefined ? {} : { taskGroupId: error.taskGroupId }),
    };
  }
  // The client frees a key under which nothing was taken. While something stands there, nobody can be sure.
  if (await isFree(context, key)) {
    return isLate || !isPassing(error) ? { kind: "forGood", problem } : passing;
  }
  if (!isLate && !(error instanceof RangeError)) return passing;
  return { kind: "inDoubt", message: problem, accepted: [], recoveredTaskIds: [] };
}

async function isFree(context: EdgeContext, key: string): Promise<boolean> {
  try {
    return await context.store.get(`call/${key}`) === undefined;
  } catch {
    return false;
  }
}

/** Whether another attempt may be taken: credentials that were refused may be put right within a day. */
function isPassing(error: unknown): boolean {
  if (error instanceof ComputeAuthorizationError) return error.status !== 403;
  return error instanceof ComputeError ? error.retryable : !(error instanceof RangeError);
}

function delayMs(error: unknown, attempts: number): number {
  const askedMs = error instanceof ComputeHttpError ? error.retryAfterMs ?? 0 : 0;
  return Math.max(askedMs, Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, attempts - 1)));
}

/** Errors of the client have no secrets in them; of others, such as a hook's authorizer, nobody knows. */
function toProblem(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  if (error instanceof ComputeSubmissionError && cause !== undefined) return toProblem(cause);
  if (error instanceof ComputeError || error instanceof RangeError) return error.message;
  return "The submission failed";
}

function toDoubt(error: ComputeSubmissionError): string {
  if (error.cause === undefined) return "The process that was submitting it has ended";
  return `Its answer was lost: ${toProblem(error.cause)}`;
}
