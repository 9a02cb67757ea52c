import { LaneLostError } from "../lane.ts";
import { ComputeHttpError } from "../../src/errors/http_error.ts";
import { ComputeAuthorizationError } from "../../src/errors/authorization_error.ts";
import { ComputeError } from "../../src/errors/compute_error.ts";
import { ComputeSubmissionError } from "../../src/errors/submission_error.ts";
import type { BatchRecord } from "../records/batch_record.ts";

/** After how long what is refused is given up, and after how many attempts: nobody may have tried for days. */
const GIVE_UP_MS = 24 * 60 * 60 * 1000;
const GIVE_UP_ATTEMPTS = 10;
const FIRST_DELAY_MS = 15_000;
const MAX_DELAY_MS = 60 * 60 * 1000;

/** What an attempt that failed is. */
export type Failure =
  /** Tasks may run, and nobody knows. */
  | { kind: "inDoubt"; message: string; recoveredTaskIds: readonly string[]; taskGroupId?: string }
  /** What is left of it is tried again. */
  | { kind: "passing"; problem: string; delayMs: number }
  /** Surely nothing more of it was taken, nor will be. */
  | { kind: "forGood"; problem: string }
  /** Nothing was sent: it is for another process to go on with it. */
  | { kind: "lost" };

/** Tells what an attempt that failed is. */
export function judgeFailure(
  nowMs: number,
  { createdAtMs, submission: { attempts } }: BatchRecord,
  error: unknown,
): Failure {
  if (error instanceof ComputeSubmissionError && error.ambiguous) {
    const { recoveredTaskIds, taskGroupId } = error;
    return {
      kind: "inDoubt",
      message: `Its answer was lost: ${toProblem(error)}`,
      recoveredTaskIds,
      ...(taskGroupId === undefined ? {} : { taskGroupId }),
    };
  }
  // What was taken before it stands beside it.
  const cause = error instanceof ComputeSubmissionError ? error.cause : error;
  if (cause instanceof LaneLostError) return { kind: "lost" };
  const problem = toProblem(cause);
  const isOver = nowMs - createdAtMs > GIVE_UP_MS && attempts + 1 >= GIVE_UP_ATTEMPTS || !isPassing(cause);
  return isOver
    ? { kind: "forGood", problem }
    : { kind: "passing", problem, delayMs: delayMs(cause, attempts + 1) };
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
