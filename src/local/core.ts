import { checkNumber, MAX_COUNT } from "../base/check.ts";
import { type AuthOptions, createAuthState } from "./auth/auth_state.ts";
import { createApp } from "./app.ts";
import type { Answer, Exchange, Handle } from "./exchange.ts";
import { createFaultState } from "./fault_state.ts";
import type { Faults } from "./faults.ts";
import type { Runner } from "./javascript_functions.ts";
import { createRecords, type Records } from "./records.ts";
import { createState } from "./state.ts";
import { createTaskQueue } from "./task_queue.ts";

/** What a service is made of, whatever its transport. */
export interface CoreOptions extends AuthOptions {
  runner: Runner;
  pythonVersion?: string;
  faults: Faults;
  maxRequestsPer10s: number;
  maxRecords: number;
}

/** A service without a transport. */
export interface Core {
  accessToken: string;
  clientSecret: string;
  records: Records;
  handle: Handle;
  setFaults(faults: Faults): void;
  expireAccessTokens(): void;
  /**
   * Ends all waiting; requests from now on meet a connection that is reset. Resolves when those that had come are over,
   * whoever sent them has given up or not.
   */
  close(): Promise<void>;
}

const RESET: Answer = { response: undefined, onSent: undefined };

/**
 * Puts the parts of the service together.
 *
 * @throws {RangeError} If an option is out of its range.
 */
export function createCore(options: CoreOptions): Core {
  const { runner, pythonVersion, clock, maxRequestsPer10s } = options;
  if (maxRequestsPer10s !== Infinity) checkNumber(maxRequestsPer10s, "maxRequestsPer10s", 1, 1_000_000);
  if (options.maxRecords !== Infinity) checkNumber(options.maxRecords, "maxRecords", 0, MAX_COUNT);
  const auth = createAuthState(options);
  const records = createRecords(options.maxRecords);
  const faults = createFaultState(options.faults);
  const closing = new AbortController();
  const { signal } = closing;
  const state = createState();
  const queue = createTaskQueue({ run: runner.run, faults, clock, records, signal });
  const facts = { counts: runner.counts, ...(pythonVersion === undefined ? {} : { pythonVersion }) };
  const app = createApp({ auth, maxRequestsPer10s, state, queue, faults, facts, clock });

  /** What is under way: its sender need not wait for it, so that the service does. */
  const underWay = new Set<Promise<unknown>>();

  function handle(request: Request): Promise<Answer> {
    const answering = answer(request);
    const over = answering.then(() => {}, () => {}).finally(() => underWay.delete(over));
    underWay.add(over);
    return answering;
  }

  async function answer(request: Request): Promise<Answer> {
    if (signal.aborted) return RESET;
    const { pathname } = new URL(request.url);
    const entry: Exchange["entry"] = { method: request.method, path: pathname, atMs: clock.nowMs() };
    records.add(records.requests, entry);
    const exchange: Exchange = { entry, latencyMs: 0, isReset: false, onSent: [] };
    const response = await app.fetch(request, { exchange });
    const isInTime = exchange.latencyMs === 0 || await sleeps(exchange.latencyMs);
    if (exchange.isReset || !isInTime || signal.aborted) return RESET;
    entry.status = response.status;
    const { onSent } = exchange;
    return { response, onSent: onSent.length === 0 ? undefined : () => onSent.forEach((tell) => tell()) };
  }

  /** Whether the service was still there after this time. */
  async function sleeps(ms: number): Promise<boolean> {
    try {
      await clock.sleep(ms, { signal });
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }

  return {
    accessToken: auth.accessToken,
    clientSecret: auth.clientSecret,
    records,
    handle,
    setFaults: faults.set,
    expireAccessTokens: auth.tokens.expireAll,
    async close() {
      closing.abort();
      await Promise.all(underWay);
    },
  };
}
