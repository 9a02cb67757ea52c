import { checkKeys, checkNumber } from "../base/check.ts";

/** A way in which a request can go wrong. */
export type FaultKind =
  | "tooManyRequests"
  | "serverError"
  | "serverErrorAfterTaken"
  | "unavailable"
  | "resetBeforeRead"
  | "resetAfterTaken"
  | "truncatedJson"
  | "htmlPage"
  | "emptyBody";

/**
 * All kinds of faults:
 *
 * | kind | what the caller gets | the service |
 * |---|---|---|
 * | `tooManyRequests` | 429 with `Retry-After: 1` | has done nothing |
 * | `serverError` | 500 `INTERNAL_ERROR` | has done nothing |
 * | `unavailable` | 503 with `Retry-After: 1`, in the service's own words | has done nothing |
 * | `resetBeforeRead` | a connection that is reset | has not read the request |
 * | `serverErrorAfterTaken` | the same 500 | has done what was asked |
 * | `resetAfterTaken` | a connection that is reset | has done what was asked |
 * | `truncatedJson` | the first half of the answer | has done what was asked |
 * | `htmlPage` | 200 with a page of HTML | has done what was asked |
 * | `emptyBody` | 200 without a body | has done what was asked |
 *
 * Mind that Deno's own `fetch` repeats a request, a submission too, where a connection that it had used before is
 * reset. The client of this module asks for its connections to be closed; other code of yours can use
 * `Deno.createHttpClient({ poolMaxIdlePerHost: 0 })`.
 *
 * An answer that was lost or spoilt has not carried a result: `readOnce` does not count it.
 */
export const FAULT_KINDS: readonly FaultKind[] = [
  "tooManyRequests",
  "serverError",
  "unavailable",
  "resetBeforeRead",
  "serverErrorAfterTaken",
  "resetAfterTaken",
  "truncatedJson",
  "htmlPage",
  "emptyBody",
];

/** What shall go wrong. Without any of these a service is always well. */
export interface Faults {
  /**
   * Decides what meets whom: with the same seed, the same requests in the same order meet the same faults. A
   * whole number.
   * @default {0}
   */
  seed?: number;
  /**
   * Whether a result is forgotten once an answer that carried it has been sent whole.
   * @default {false}
   */
  readOnce?: boolean;
  /**
   * How long each answer is held back, in milliseconds, or between which two durations. What is asked for is
   * done at once: a caller who does not wait that long has still had it done.
   * @default {0}
   */
  latencyMs?: number | readonly [least: number, most: number];
  /**
   * The share of requests, from 0 to 1, that meet each kind of fault. A request meets one at most, so that the
   * shares together are at most 1.
   * @default {{}}
   */
  failRate?: Readonly<Partial<Record<FaultKind, number>>>;
  /**
   * What the next requests meet, one after the other; `failRate` is for those that follow.
   * @default {[]}
   */
  failNext?: readonly (FaultKind | "none")[];
  /**
   * Which requests `failRate` and `failNext` are for.
   * @default {all that are not for Globus Auth}
   */
  failOnly?: (request: {
    /** Its method: `POST`. */
    method: string;
    /** Its path: `/v2/batch_status`. */
    path: string;
  }) => boolean;
  /**
   * How long each task is on its way to a worker, in milliseconds, or between which two durations. It spends a
   * quarter of it in each of the states `received`, `waiting-for-ep`, `waiting-for-nodes`, `waiting-for-launch`.
   * @default {0}
   */
  queueDelayMs?: number | readonly [least: number, most: number];
  /**
   * Whether the endpoint is offline. Tasks wait as `waiting-for-ep` until it is back; those that run go on.
   * @default {false}
   */
  offline?: boolean;
}

/**
 * Refuses faults that make no sense.
 *
 * @throws {RangeError} If a number is out of its range, or there is no such kind of fault.
 */
export function checkFaults(faults: Faults): void {
  checkKeys(faults, "'faults'", "seed readOnce latencyMs failRate failNext failOnly queueDelayMs offline");
  const { seed = 0, failRate = {}, failNext = [] } = faults;
  checkNumber(seed, "seed", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  checkDuration("latencyMs", faults.latencyMs);
  checkDuration("queueDelayMs", faults.queueDelayMs);
  for (const kind of [...Object.keys(failRate), ...failNext.filter((kind) => kind !== "none")]) {
    checkKind(kind);
  }
  let sum = 0;
  for (const [kind, rate] of Object.entries(failRate)) {
    checkNumber(rate, `failRate.${kind}`, 0, 1, false);
    sum += rate;
  }
  // Ten times 0.1 is a little more than 1.
  if (sum > 1 + 1e-9) throw new RangeError(`Cannot use rates of ${sum} together: a request meets one fault`);
}

function checkKind(kind: string): void {
  if (FAULT_KINDS.some((known) => known === kind)) return;
  throw new RangeError(`Unknown kind of fault '${kind}': use one of ${FAULT_KINDS.join(", ")}`);
}

function checkDuration(name: string, value: Faults["latencyMs"]): void {
  const [least, most] = rangeOf(value);
  if (least >= 0 && least <= most && most < Infinity) return;
  throw new RangeError(
    `Cannot use '${name}' ${JSON.stringify(value)}: it must be a number of milliseconds from 0 on, or two, ` +
      "the smaller one first",
  );
}

/** The two ends of a duration. */
export function rangeOf(value: Faults["latencyMs"] = 0): readonly [least: number, most: number] {
  return typeof value === "number" ? [value, value] : value;
}
