import type { Clock, Store, StoreChange } from "../mod.ts";
import { createLeases, type Lease, type LeaseTaking } from "../src/base/lease.ts";
import { type Limiter, rateLimiter } from "../src/http/limiter.ts";

/** The name of the one lane that there is: where its lease stands, and below it what its holders tell one another. */
export const LANE = "edge/lane/main";

/**
 * The length of the lane's lease. A holder sends nothing in its second half. The service counts a request for less time
 * than that, so a process that takes the lane over does not need to know what the holder has sent.
 */
export const LANE_LEASE_MS = 30_000;
/** What a holder has left behind counts for seconds; the next holder's time of day may be hours ahead. */
const MARK_EXPIRES_IN_MS = 24 * 60 * 60 * 1000;

/** The right to send requests, while this process has it. */
export interface HeldLane {
  /** Aborts once another process has it. */
  readonly signal: AbortSignal;
  /** Whether an act may begin now: asked right before each. */
  mayAct(): boolean;
  /**
   * Makes a commit that permits an act.
   *
   * @returns Whether the commit is made and the act may begin. It is not made where another process has the lane, or
   * where the store does not have what the changes expect.
   */
  permit(changes?: readonly StoreChange[]): Promise<boolean>;
}

/** This process may not act: another one has the lane, or may have it. */
export class LaneLostError extends Error {
  override readonly name = "LaneLostError";

  constructor() {
    super("Another process sends the requests of this handler now");
  }
}

/** What came of the wish to hold the lane. */
export type Holding<T> =
  | { readonly isHeld: true; readonly value: T }
  /** Another process has it: it may be free after so long. */
  | { readonly isHeld: false; readonly lookAgainMs: number };

/** The right to send requests for the deliveries of a store, which one process at a time has. */
export interface Lane {
  /** Does work while this process has the lane; nothing where another one has it. It is let go when no work needs it. */
  hold<T>(work: (lane: HeldLane) => Promise<T>): Promise<Holding<T>>;
  /** Whether a request may be sent now. */
  mayAct(): boolean;
  /** Resolves once the lane is let go, where no work needs it: a process that ends before leaves it held. */
  released(): Promise<void>;
}

/** What a lane works with. */
export interface LaneOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** What was sent: each holder tells it to the next one. */
  readonly rate: Pick<Rate, "mark" | "readMark">;
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/** Makes what a process knows of the lane. */
export function createLane({ store, clock, rate, waitUntil }: LaneOptions): Lane {
  const leases = createLeases({ store, clock });
  const markKey = `${LANE}/sent`;
  /** What stands under `markKey`, as far as this process knows: only who has the lane writes there. */
  let mark: string | undefined;
  let users = 0;
  let taking: Promise<LeaseTaking> | undefined;
  let lease: Lease | undefined;
  let releasing: Promise<void> = Promise.resolve();

  async function take(): Promise<LeaseTaking> {
    await releasing; // Else it would be found to be held, by this very process.
    let isKnown = true;
    const also = async () => {
      if (!isKnown) {
        mark = await store.get(markKey);
        if (mark !== undefined) rate.readMark(mark);
      }
      isKnown = false; // Where the commit is not made, it may be for what stands there.
      return [{ key: markKey, expected: mark ?? null }];
    };
    const taken = await leases.take({ name: LANE, lengthMs: LANE_LEASE_MS, also });
    lease = taken.lease;
    return taken;
  }

  async function release(last: Promise<LeaseTaking>): Promise<void> {
    const held = (await last.catch(() => undefined))?.lease;
    if (held === undefined) return;
    const left = rate.mark();
    await held.release(
      left === undefined ? [] : [{ key: markKey, value: left, expiresInMs: MARK_EXPIRES_IN_MS }],
    );
    if (left !== undefined) mark = left;
  }

  return {
    async hold(work) {
      users++;
      let mine: Promise<LeaseTaking> | undefined;
      try {
        for (;;) {
          mine = taking ??= take();
          const taken = await mine;
          if (taken.lease === undefined) return { isHeld: false, lookAgainMs: taken.lookAgainMs };
          const held = taken.lease;
          if (held.signal.aborted) {
            if (taking === mine) taking = undefined;
            continue;
          }
          const { signal, mayAct } = held;
          const permit = async (changes: readonly StoreChange[] = []) =>
            await store.commit([held.check(), ...changes]) && mayAct();
          const value = await work({ signal, mayAct, permit });
          return { isHeld: true, value };
        }
      } finally {
        users--;
        const isFree = mine !== undefined && await isFailed(mine);
        // Where the lane was lost meanwhile, it may have been taken anew for others, who have ended before.
        const last = taking;
        if (last !== undefined && (users === 0 || isFree && last === mine)) {
          taking = undefined;
          waitUntil(releasing = release(last));
        }
      }
    },
    mayAct: () => lease?.mayAct() === true,
    released: () => releasing,
  };
}

/** Whether there is no lease. */
async function isFailed(taking: Promise<LeaseTaking>): Promise<boolean> {
  return await taking.then((taken) => taken.lease === undefined, () => true);
}

/** The service counts the requests of so long. */
export const RATE_WINDOW_MS = 10_000;

/** What a process knows of the rate of the requests, its own and those of the processes that had the lane before it. */
export interface Rate {
  noteSent(): void;
  /** What the next holder of the lane has to know; nothing where no request counts any more. */
  mark(): string | undefined;
  /** Takes a mark of the holder before: what is new in it counts towards the rate of each client from now on. */
  readMark(mark: string): void;
  /** Holds the requests of one client back. */
  limiter(): Limiter;
}

/** By process: how many requests it has ever sent, how many of them count still, and for how long. */
type Mark = Record<string, readonly [total: number, recent: number, leftMs: number]>;

/**
 * Counts the requests of this process, and those of others. Each is counted once, however often the lane goes back and
 * forth: a process tells of a total, of which only what is new is charged. No clock of another process is used, so what
 * another has sent counts a little longer than it must.
 */
export function createRate(clock: Clock, requests: number | undefined): Rate {
  const own = crypto.randomUUID();
  let total = 0;
  /** When the requests were sent that count still. */
  const sentMs: number[] = [];
  const others = new Map<string, { total: number; recent: number; untilMs: number }>();
  /** What others have sent, to be charged to each client once. */
  let debts: { place: number; count: number; untilMs: number }[] = [];
  let places = 0;

  function forget(nowMs: number): void {
    while ((sentMs[0] ?? Infinity) <= nowMs - RATE_WINDOW_MS) sentMs.shift();
    if (debts.length > 0) debts = debts.filter(({ untilMs }) => untilMs > nowMs);
    for (const [name, { untilMs }] of others) if (untilMs <= nowMs) others.delete(name);
  }

  return {
    noteSent() {
      const nowMs = clock.monotonicMs();
      forget(nowMs);
      sentMs.push(nowMs);
      total++;
    },
    mark() {
      const nowMs = clock.monotonicMs();
      forget(nowMs);
      const mark: Mark = {};
      for (const [name, one] of others) mark[name] = [one.total, one.recent, Math.ceil(one.untilMs - nowMs)];
      const newestMs = sentMs.at(-1);
      if (newestMs !== undefined) {
        mark[own] = [total, sentMs.length, Math.ceil(newestMs + RATE_WINDOW_MS - nowMs)];
      }
      return Object.keys(mark).length === 0 ? undefined : JSON.stringify(mark);
    },
    readMark(text) {
      const nowMs = clock.monotonicMs();
      forget(nowMs);
      for (const [name, [theirs, recent, leftMs]] of Object.entries(JSON.parse(text) as Mark)) {
        const count = Math.min(recent, theirs - (others.get(name)?.total ?? 0));
        if (name === own || count <= 0) continue;
        const untilMs = nowMs + leftMs;
        others.set(name, { total: theirs, recent, untilMs });
        debts.push({ place: ++places, count, untilMs });
      }
    },
    limiter() {
      const limiter = rateLimiter({ clock, ...(requests === undefined ? {} : { requests }) });
      let charged = 0;
      return {
        ...limiter,
        acquire(call) {
          forget(clock.monotonicMs());
          for (const { count } of debts.filter(({ place }) => place > charged)) {
            for (let sent = 0; sent < count; sent++) void limiter.acquire();
          }
          charged = places;
          return limiter.acquire(call);
        },
      };
    },
  };
}
