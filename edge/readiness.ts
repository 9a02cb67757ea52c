import type { EdgeContext } from "./context.ts";
import { readyKey } from "./records/keys.ts";
import { within } from "./within.ts";

const TRY_TIMEOUT_MS = 5_000;
/** An outcome is valid for this long: further probes get it without a call to the store. */
const HOLDS_MS = 3_000;
/** A key that a killed process has left behind expires after this. */
const EXPIRES_IN_MS = 60_000;

interface Attempt {
  readonly startedAtMs: number;
  readonly outcome: Promise<boolean>;
  isOver: boolean;
}

/**
 * Tells whether a delivery could be taken, by trying what one needs: a new key in the store, and its removal. All who ask
 * within some seconds share one attempt.
 */
export function readiness(context: EdgeContext): () => Promise<boolean> {
  const { clock } = context;
  let last: Attempt | undefined;
  return async () => {
    const isFresh = last !== undefined && (!last.isOver || clock.monotonicMs() - last.startedAtMs < HOLDS_MS);
    if (last === undefined || !isFresh) last = attempt(context);
    return await last.outcome;
  };
}

function attempt(context: EdgeContext): Attempt {
  const onTimeout = () => new Error(`The store took longer than ${TRY_TIMEOUT_MS} ms`);
  const bounds = { clock: context.clock, timeoutMs: TRY_TIMEOUT_MS, onTimeout };
  const outcome = within(bounds, () => writeAndRemove(context)).then(() => true, (error) => {
    const cause = "the store cannot be written";
    context.tell({ kind: "deliveryRefused", hook: undefined, status: 503, cause, error });
    return false;
  }).finally(() => made.isOver = true);
  const made: Attempt = { startedAtMs: context.clock.monotonicMs(), outcome, isOver: false };
  return made;
}

async function writeAndRemove({ store }: EdgeContext): Promise<void> {
  const key = readyKey(crypto.randomUUID());
  if (!await store.compareAndSet(key, undefined, "ready", { expiresInMs: EXPIRES_IN_MS })) {
    throw new Error("The store refused to write a new key");
  }
  await store.delete(key);
}
