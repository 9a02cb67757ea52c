// First: see `handler.ts`.
import { openapiAnswer } from "./watch/openapi_answer.ts";
import { readyKey } from "./records/keys.ts";
import type { EdgeContext } from "./context.ts";
import { problemResponse } from "./problem.ts";
import { compareAndSet, remove } from "../src/store/writes.ts";
import type { Route } from "./routes.ts";
import { withDeadline } from "../src/base/deadline.ts";

const RETRY_AFTER_SECONDS = 5;

/** What the handler says of itself: its API, whether it runs, and whether it could take a delivery. */
export function healthRoutes(context: EdgeContext): Route[] {
  const isReady = readiness(context);
  const ready = async () => {
    if (await isReady()) return healthy();
    return problemResponse({
      status: 503,
      type: "not-ready",
      title: "The store cannot be written",
      headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
    });
  };
  return [
    { method: "GET", path: "/openapi.json", answer: () => openapiAnswer(context) },
    { method: "GET", path: "/livez", answer: healthy },
    { method: "GET", path: "/readyz", answer: ready },
  ];
}

function healthy(): Response {
  return Response.json({ status: "pass" }, {
    headers: { "content-type": "application/health+json", "cache-control": "no-store" },
  });
}

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
function readiness(context: EdgeContext): () => Promise<boolean> {
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
  const outcome = withDeadline(bounds, () => writeAndRemove(context)).then(() => true, (error) => {
    const cause = "the store cannot be written";
    context.tell({ kind: "deliveryRefused", hook: undefined, status: 503, cause, error });
    return false;
  }).finally(() => made.isOver = true);
  const made: Attempt = { startedAtMs: context.clock.monotonicMs(), outcome, isOver: false };
  return made;
}

async function writeAndRemove({ store }: EdgeContext): Promise<void> {
  const key = readyKey(crypto.randomUUID());
  if (!await compareAndSet(store, key, undefined, "ready", { expiresInMs: EXPIRES_IN_MS })) {
    throw new Error("The store refused to write a new key");
  }
  await remove(store, key);
}
