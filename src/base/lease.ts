import type { Clock } from "./clock.ts";
import { createSightings } from "./sightings.ts";
import { withDeadline } from "./deadline.ts";

/** What a lease asks of a store: a `Store` has it. */
export interface LeaseStore {
  /** The values under these keys at one moment. */
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>;
  /** Makes all changes or none, and tells which. One that rejects may have been made, or be made later. */
  commit(changes: readonly LeaseChange[]): Promise<boolean>;
}

/** One key of a commit: what is expected there, and what is written there. */
export interface LeaseChange {
  key: string;
  value?: string | null;
  expected?: string | null;
  /** After so long nobody needs it any more. */
  expiresInMs?: number;
}

/** What one process at a time holds. */
export interface LeaseOptions {
  /** Its name. It has two keys of the store: {@linkcode leaseKeys}. */
  name: string;
  /** Its length in milliseconds, the same for all who take it: after so long without a sign the holder has ended. */
  lengthMs: number;
  /**
   * What others may know of this holder.
   * @default {""}
   */
  note?: string;
  /** Whether a holder with this note has surely ended: then its lease is taken over at once. */
  hasEnded?: (note: string) => boolean | Promise<boolean>;
  /**
   * What the commit has in it that takes the lease: it is not made where something else stands in the store than these
   * expect. It is asked anew before each try.
   */
  also?: () => Promise<readonly LeaseChange[]>;
}

/** The right to act, which one process at a time has. */
export interface Lease {
  /** Aborts once another process has the lease. */
  readonly signal: AbortSignal;
  /**
   * Whether an act may begin now: the last renewal that succeeded began less than half the length ago. Ask right before
   * each act, after the commit that permits it.
   */
  mayAct(): boolean;
  /** The change that a commit has which permits an act: it is not made once another process has the lease. */
  check(): { key: string; expected: string };
  /**
   * Lets others take it, and makes these changes in the same commit. It never rejects: where the store fails, the length
   * is waited for.
   */
  release(changes?: readonly LeaseChange[]): Promise<void>;
}

/** A lease, or what is known of the process that has it. */
export type LeaseTaking = { readonly lease: Lease } | HeldLease;

/** A lease that another process has. */
export interface HeldLease {
  readonly lease?: undefined;
  /** The note of its holder. */
  readonly note: string;
  /** For how long this process has seen no sign of the holder, in milliseconds; `undefined` where it sees one now. */
  readonly silentMs: number | undefined;
  /** Look again after so many milliseconds: then a holder that ends is replaced within 1.25 lengths. */
  readonly lookAgainMs: number;
}

/** The leases of one process in one store. */
export interface Leases {
  /**
   * Takes a lease, unless another process has it.
   *
   * @throws What the store throws. Where the lease was taken all the same, its length is waited for.
   */
  take(options: LeaseOptions): Promise<LeaseTaking>;
}

/** How often a lease is renewed within its length. */
const RENEWALS = 4;
/** Within this share of the length a renewal that failed is tried again. */
const RETRIES = 16;
/** An act begins within this share of the length after a renewal. The rest is for clocks that run unlike. */
const ACTING = 2;

/** The keys of a lease: the holder, random for each acquisition, and what its holder changes with each renewal. */
export function leaseKeys(name: string): { holder: string; beat: string } {
  return { holder: `${name}/holder`, beat: `${name}/beat` };
}

/**
 * Leases by two keys and no time of day, so that clocks may differ and be set.
 *
 * A lease is taken over once its keys have not changed for its length, as the observer's own monotonic clock counts from
 * the moment at which it has read them. The commit that takes it over expects both keys as they were seen. So the last
 * renewal began a length before it or more, while its holder begins an act within half a length only.
 *
 * What remains: a process that is stopped between {@linkcode Lease.mayAct} and its act does not notice, and acts when it
 * goes on; a clock that stands still while its machine sleeps makes such a stop of each sleep. A commit with
 * {@linkcode Lease.check} before the act leaves only the moment between the two.
 */
export function createLeases({ store, clock }: { store: LeaseStore; clock: Clock }): Leases {
  const sightings = createSightings(clock);

  async function take({ name, lengthMs, note = "", hasEnded, also }: LeaseOptions): Promise<LeaseTaking> {
    const keys = leaseKeys(name);
    const mine = `${crypto.randomUUID()} ${note}`;
    const read = async () => {
      const [holder, beat = null] = await store.getMany([keys.holder, keys.beat]);
      return holder === undefined ? undefined : { holder, beat };
    };
    const hold = (startedMs: number) => holdLease({ store, clock, name, lengthMs, mine, startedMs });
    // Most are free, and are taken as such: what is there is read only where that fails.
    for (let found: Awaited<ReturnType<typeof read>>;; found = await read()) {
      if (found !== undefined) {
        const silentMs = sightings.forMs(name, `${found.holder} ${found.beat}`);
        const leftMs = lengthMs - (silentMs ?? 0);
        const theirs = found.holder.slice(found.holder.indexOf(" ") + 1);
        if (leftMs > 0 && !await hasEnded?.(theirs)) {
          return { note: theirs, silentMs, lookAgainMs: Math.ceil(Math.min(leftMs, lengthMs / RENEWALS)) };
        }
      }
      const others = await also?.() ?? [];
      const startedMs = clock.monotonicMs();
      try {
        const isTaken = await store.commit([
          { key: keys.holder, expected: found?.holder ?? null, value: mine },
          { key: keys.beat, value: "1", ...(found === undefined ? {} : { expected: found.beat }) },
          ...others,
        ]);
        if (isTaken) return { lease: hold(startedMs) };
      } catch (error) {
        // It may have been made.
        const made = await read().catch(() => undefined);
        if (made?.holder === mine) return { lease: hold(startedMs) };
        throw error;
      }
    }
  }

  return { take };
}

/**
 * Takes a lease. Where another process has it, waits for a sign of that process, or for the length without one: for a
 * process that does not live long enough to look again later.
 *
 * @throws `signal.reason` as soon as the signal is aborted.
 */
export async function takeOrWait(
  leases: Leases,
  clock: Clock,
  { signal, ...options }: LeaseOptions & { signal?: AbortSignal | undefined },
): Promise<LeaseTaking> {
  for (let isFirst = true;; isFirst = false) {
    const taking = await leases.take(options);
    if (taking.lease !== undefined || (!isFirst && taking.silentMs === undefined)) return taking;
    await clock.sleep(taking.lookAgainMs, { signal });
  }
}

interface Holding {
  store: LeaseStore;
  clock: Clock;
  name: string;
  lengthMs: number;
  /** What is under the holder's key. */
  mine: string;
  /** When the acquisition began. */
  startedMs: number;
}

/** Renews a lease until it is released, or lost. */
function holdLease({ store, clock, name, lengthMs, mine, startedMs }: Holding): Lease {
  const keys = leaseKeys(name);
  const lost = new AbortController();
  const over = new AbortController();
  /** When the last renewal that succeeded began. */
  let renewedMs = startedMs;
  const patience = { clock, timeoutMs: lengthMs / RENEWALS, onTimeout: () => "late" };

  /** A renewal that rejects or does not answer may have been made. The next one shows whether the lease is still held. */
  async function renew(beat: number): Promise<boolean> {
    const beganMs = clock.monotonicMs();
    const isMine = await store.commit([
      { key: keys.holder, expected: mine },
      { key: keys.beat, value: String(beat) },
    ]);
    if (isMine) renewedMs = Math.max(renewedMs, beganMs);
    else if (!over.signal.aborted) {
      over.abort();
      lost.abort(new Error(`Cannot go on: another process has taken the lease '${name}'`));
    }
    return isMine;
  }

  async function keepRenewing(): Promise<void> {
    const { signal } = over;
    await clock.sleep(Math.max(0, startedMs + lengthMs / RENEWALS - clock.monotonicMs()), { signal });
    for (let beat = 2;; beat++) {
      const isRenewed = await withDeadline(patience, () => renew(beat)).catch(() => false);
      await clock.sleep(lengthMs / (isRenewed ? RENEWALS : RETRIES), { signal });
    }
  }
  void keepRenewing().catch(() => {}); // It is over.

  return {
    signal: lost.signal,
    mayAct: () => !over.signal.aborted && clock.monotonicMs() - renewedMs < lengthMs / ACTING,
    check: () => ({ key: keys.holder, expected: mine }),
    async release(others = []) {
      if (over.signal.aborted) return;
      over.abort();
      const own = [{ key: keys.holder, expected: mine, value: null }, { key: keys.beat, value: null }];
      // Where it fails, others see that it is over.
      await withDeadline(patience, () => store.commit([...own, ...others])).catch(() => {});
    },
  };
}
