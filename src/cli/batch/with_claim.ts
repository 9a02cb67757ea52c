import { compareAndSet } from "../../store/writes.ts";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import process from "node:process";
import type { Store } from "../../../mod.ts";
import { UsageError } from "../usage_error.ts";

/** A claim ends by itself after this time, unless its holder says that it is there. */
const CLAIM_MS = 20_000;
/** How many times in that time its holder says so. */
const RENEWALS = 4;

interface Holder {
  id: string;
  pid: number;
  host: string;
}

/** What one process at a time may have. */
export interface Claimed {
  /** What it is called in the store. */
  name: string;
  /** What is done with it, in words that follow "Cannot". */
  what: string;
}

/**
 * Does work that one process at a time may do. The claim of a process that was killed is taken over at once.
 *
 * @param work Is given a signal that aborts when the claim is lost: this process was stopped for long, and another one
 * took over.
 * @throws {UsageError} If another process has it.
 */
export async function withClaim<T>(
  store: Store,
  { name, what }: Claimed,
  work: (lost: AbortSignal) => Promise<T>,
  claimMs: number = CLAIM_MS,
): Promise<T> {
  const key = `cli/claim/${name}`;
  const mine: Holder = { id: randomUUID(), pid: process.pid, host: hostname() };
  const value = JSON.stringify(mine);
  const standing = await store.get(key);
  const isFree = standing === undefined || await isGone(standing);
  if (!isFree || !await compareAndSet(store, key, standing, value, { expiresInMs: claimMs })) {
    const pid = holderOf(standing)?.pid;
    const who = pid === undefined ? "" : ` (${pid})`;
    throw new UsageError(`Cannot ${what}: another process of this program${who} is doing so`);
  }
  const lost = new AbortController();
  let renewal = Promise.resolve();
  const renew = async () => {
    const now = await store.get(key);
    const isMine = now === undefined || now === value;
    if (isMine && await compareAndSet(store, key, now, value, { expiresInMs: claimMs })) return;
    lost.abort(new UsageError(`Cannot go on to ${what}: another process of this program does so by now`));
  };
  const timer = setInterval(() => renewal = renewal.then(renew).catch(() => {}), claimMs / RENEWALS);
  try {
    return await work(lost.signal);
  } finally {
    clearInterval(timer);
    await renewal;
    await compareAndSet(store, key, value, undefined);
  }
}

function holderOf(text: string | undefined): Holder | undefined {
  try {
    const { id, pid, host } = JSON.parse(text ?? "");
    const isHolder = typeof id === "string" && Number.isSafeInteger(pid) && pid > 0 &&
      typeof host === "string";
    return isHolder ? { id, pid, host } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the process that wrote it has ended, as far as this machine can tell. */
async function isGone(standing: string): Promise<boolean> {
  const holder = holderOf(standing);
  if (holder?.host !== hostname()) return false; // What is none of a process ends by itself.
  const { pid } = holder;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
  // One that has ended and that nobody has asked for its status: in a container it may stand there for good.
  const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return /\) Z \d+ /.test(state);
}
