import { readFile, readlink } from "node:fs/promises";
import process from "node:process";
import { systemClock } from "../../../mod.ts";
import { createLeases, type LeaseStore, takeOrWait } from "../../base/lease.ts";
import { UsageError } from "../usage_error.ts";

/** After so long without a sign a process has ended, where nothing else tells. */
const LEASE_MS = 20_000;
/** How often is looked whether a claim that could not be renewed in time is renewed, or lost. */
const LOOK_MS = 50;

/** What one process at a time may have. */
export interface Claimed {
  /** What it is called in the store. */
  name: string;
  /** What is done with it, in words that follow "Cannot". */
  what: string;
}

/** What work has that has claimed something. */
export interface HeldClaim {
  /** Aborts when another process has taken over, as this one was stopped for long. */
  readonly lost: AbortSignal;
  /**
   * Resolves once another process has surely not taken over: to be asked right before each act that two processes must
   * not do.
   *
   * @throws {UsageError} If one has.
   */
  untilMayAct(): Promise<void>;
}

/** How it is claimed. */
export interface ClaimOptions {
  signal?: AbortSignal;
  /** Is called with what is waited for, where it is not clear at once whether another process is there. */
  onWait?: (text: string) => void;
  /** @default {20000} */
  leaseMs?: number;
}

/**
 * Does work that one process at a time may do. One that was killed is replaced: at once where this machine knows that it
 * has ended, or else once it has given no sign for 20 s.
 *
 * @throws {UsageError} If another process does it.
 */
export async function withClaim<T>(
  store: LeaseStore,
  { name, what }: Claimed,
  work: (claim: HeldClaim) => Promise<T>,
  { signal, onWait, leaseMs = LEASE_MS }: ClaimOptions = {},
): Promise<T> {
  const leases = createLeases({ store, clock: systemClock });
  const pidSpace = await readPidSpace();
  const options = {
    name: `cli/lease/${name}`,
    lengthMs: leaseMs,
    note: `${process.pid} ${pidSpace}`,
    hasEnded: (note: string) => hasEnded(note, pidSpace),
  };
  let taking = await leases.take(options);
  if (taking.lease === undefined) {
    const seconds = leaseMs / 1000;
    onWait?.(`Waiting for up to ${seconds} s to see whether ${other(taking.note)} is still there`);
    taking = await takeOrWait(leases, systemClock, { ...options, signal });
  }
  const { lease } = taking;
  if (lease === undefined) {
    throw new UsageError(`Cannot ${what}: ${other(taking.note)} is doing so`);
  }
  const lost = new AbortController();
  lease.signal.addEventListener("abort", () => {
    lost.abort(new UsageError(`Cannot go on to ${what}: another process of this program does so by now`));
  }, { once: true });
  const untilMayAct = async () => {
    while (!lease.mayAct()) await systemClock.sleep(LOOK_MS, { signal: lost.signal });
  };
  try {
    return await work({ lost: lost.signal, untilMayAct });
  } finally {
    await lease.release();
  }
}

/** The process that wrote a note, in words. */
function other(note: string): string {
  const [pid] = /^\d+/.exec(note) ?? [];
  return `another process of this program${pid === undefined ? "" : ` (${pid})`}`;
}

/**
 * What pids are unique in: this boot of the machine, and the namespace of pids on it, as containers on one machine may
 * share a file and have the same name. It is empty on systems other than Linux, where nothing tells that.
 */
async function readPidSpace(): Promise<string> {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    return `${boot.trim()} ${await readlink("/proc/self/ns/pid")}`;
  } catch {
    return "";
  }
}

/** Whether the process that wrote a note has surely ended. */
async function hasEnded(note: string, pidSpace: string): Promise<boolean> {
  const pid = Number.parseInt(note);
  if (pidSpace === "" || note !== `${pid} ${pidSpace}`) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
  // A zombie has ended, and its parent has not asked for its status: in a container it may stay for good.
  const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return /\) Z \d+ /.test(state);
}
