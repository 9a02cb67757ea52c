/**
 * The handler on Deno Deploy, with Deno KV for a store: `deno.json` names this file under `deploy`. For a server of
 * one's own there is `deno task serve`.
 *
 * Beside what {@linkcode readConfiguration} reads, `EDGE_KV_PATH` names a database in place of the one that Deno has.
 *
 * @module
 */
import { withDeadline } from "../src/base/deadline.ts";
import { asError } from "../src/base/narrow.ts";
import { systemClock } from "../mod.ts";
import { createCollector } from "./collector.ts";
import { readConfiguration } from "./configuration.ts";
import type { EdgeEvent } from "./event.ts";
import { eventLine } from "./event_line.ts";
import { createEdgeHandler } from "./handler.ts";
import { createHooks } from "./hooks.ts";
import { SettingsError } from "./read_variables.ts";
import { denoKvStore } from "./stores/deno_kv_store.ts";

/** How long one run of a cron job keeps the process up: the next one begins after a minute. */
const AWAKE_MS = 55_000;

/** Deno Deploy ends a process 5 seconds after it has said so. */
const STOP_MS = 4_000;

const started = Promise.withResolvers<void>();
let hasSaidWhy = false;

// Before all else: the platform reads from the top of the module what is to be called when.
Deno.cron("collect", "* * * * *", async () => {
  await started.promise; // A minute may begin while the database is being opened.
  collector.due(Date.now());
  await collectForAWhile();
});

// However it ends, its log says why, in one line.
addEventListener("error", (event) => {
  event.preventDefault();
  endWith(event.error);
});
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  endWith(event.reason);
});
addEventListener("unload", () => {
  if (!hasSaidWhy) log({ kind: "ended", cause: "nothing was left that could happen" });
});

const env = Deno.env.toObject();
const kv = await orExit(() => Deno.openKv(env.EDGE_KV_PATH || undefined));
const handler = await orExit(() =>
  createEdgeHandler(readConfiguration(env, createHooks, {
    store: denoKvStore(kv),
    resolveAddresses: async (hostname, options) =>
      (await Promise.all([resolve(hostname, "A", options), resolve(hostname, "AAAA", options)])).flat(),
    onDue(atMs) {
      collector.due(atMs);
      void collectForAWhile();
    },
    onEvent: log,
  }))
);
const collector = createCollector({
  collect: handler.collect,
  clock: systemClock,
  onError: (error) => log({ kind: "collectFailed", error }),
});
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => void stop(signal));
const server = await orExit(() =>
  Deno.serve({
    onListen: ({ hostname, port }) => log({ kind: "listening", hostname, port }),
  }, (request) => handler(request))
);
started.resolve();
void collectForAWhile();

function collectForAWhile(): Promise<void> {
  return collector.runUntil(Date.now() + AWAKE_MS);
}

/** What it gives; where it fails, why, in one line, and the end. */
async function orExit<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { name, message } = asError(error);
    const cause = (message || name).replaceAll(/\s+/g, " ");
    hasSaidWhy = true;
    // deno-lint-ignore no-console -- it is what the platform has for a log
    console.error(error instanceof SettingsError ? cause : `Cannot start: ${cause}`);
    Deno.exit(1);
  }
}

/** A name without addresses of one kind is no failure. */
async function resolve(
  hostname: string,
  type: "A" | "AAAA",
  options: { signal: AbortSignal },
): Promise<string[]> {
  try {
    return await Deno.resolveDns(hostname, type, options);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Finishes what has begun, as far as there is time for it. */
async function stop(signal: Deno.Signal): Promise<void> {
  const limit = { clock: systemClock, timeoutMs: STOP_MS, onTimeout: () => "late" };
  const isFinished = await withDeadline(limit, () => Promise.all([server.shutdown(), collector.stop()]))
    .then(() => true, () => false);
  kv.close();
  hasSaidWhy = true;
  log({ kind: "stopped", signal, isFinished });
  Deno.exit(0);
}

/** Ends after a failure that nothing has caught: what goes on then, nobody knows. */
function endWith(error: unknown): void {
  hasSaidWhy = true;
  log({ kind: "ended", cause: "a failure was not caught", error });
  Deno.exit(1);
}

function log(event: EdgeEvent | Record<string, unknown> & { kind: string }): void {
  // deno-lint-ignore no-console -- it is what the platform has for a log
  console.log(eventLine(event));
}
