/**
 * A process that acts while it has a lease: `<file of the store> <log> <length of the lease in ms>`. Each line of its
 * log is what it did, for which acquisition, and when, in milliseconds that all processes of the machine share:
 * `taken`, `act` and `lost`.
 *
 * @module
 */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { systemClock } from "../../src/base/clock.ts";
import { createLeases, type Lease } from "../../src/base/lease.ts";
import { sqliteStore } from "../../src/store/sqlite_store.ts";

const [file = "", log = "", length = ""] = process.argv.slice(2);
const lengthMs = Number(length);
/** It ends with the test that has started it. */
const parent = process.ppid;
/** Between two acts. */
const PAUSE_MS = 2;

/** A monotonic clock whose zero is the same for all: it goes on while the process is stopped. */
const systemMs = () => performance.timeOrigin + performance.now();

async function actWhileHeld(lease: Lease, commit: (text: string) => Promise<boolean>): Promise<void> {
  const acquisition = lease.check().expected;
  const note = (what: string, atMs = systemMs()) => appendFileSync(log, `${what} ${acquisition}${atMs}\n`);
  note("taken");
  while (!lease.signal.aborted && process.ppid === parent) {
    // The time is from before the question: the process may be stopped between the two.
    const atMs = systemMs();
    if (lease.mayAct()) note("act", atMs);
    if (await commit(acquisition).catch(() => false)) note("act", atMs);
    await systemClock.sleep(PAUSE_MS);
  }
  note("lost");
}

async function main(): Promise<void> {
  const store = sqliteStore(file, { synchronous: "normal" });
  const leases = createLeases({ store, clock: systemClock });
  while (process.ppid === parent) {
    const taking = await leases.take({ name: "work", lengthMs });
    const { lease } = taking;
    if (lease === undefined) await systemClock.sleep(taking.lookAgainMs);
    else await actWhileHeld(lease, (value) => store.commit([lease.check(), { key: "acts/last", value }]));
  }
  process.exit();
}

void main();
