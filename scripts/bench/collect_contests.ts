import { copyFile, mkdtemp, open as openFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inParallel } from "../../edge/in_parallel.ts";
import { LANE } from "../../edge/lane.ts";
import type { Verifier } from "../../edge/mod.ts";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import { remove } from "../../src/store/writes.ts";
import { ManualClock } from "../../tests/support/manual_clock.ts";
import type { Contender, Contest } from "./contest.ts";
import { createStubbedHandler, deliver } from "./stubbed_handler.ts";

const OPEN = 40_000;
const DUE = 100;
const AT_ONCE = 64;
/** A new batch is due so long after it was submitted. */
const DUE_AFTER_MS = 1_000;
const MAX_RATIO = 1.5;

/** A round of collecting, on SQLite: it costs what is due, and not what is open. */
export async function collectContests(): Promise<{ contests: Contest[] } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), "globus-bench-"));
  let copies = 0;
  /** Each round has a copy of its own, as it leaves nothing that is due. */
  const round = async (name: string, open: number): Promise<Contender> => {
    const path = join(directory, `${open}.sqlite`);
    const nowMs = await fill(path, open);
    return {
      name,
      async run() {
        const copy = join(directory, `copy-${copies++}.sqlite`);
        await copyFile(path, copy);
        // Else the first commit of the round would wait until the disk has the whole copy.
        const file = await openFile(copy);
        await file.sync();
        await file.close();
        const store = sqliteStore(copy);
        const handler = createStubbedHandler({ store, clock: new ManualClock(nowMs), verify });
        await store.get("a");
        const startMs = performance.now();
        await handler.collect();
        const seconds = (performance.now() - startMs) / 1000;
        await store.close();
        await rm(copy);
        return seconds;
      },
    };
  };
  return {
    contests: [{
      name: `a round with ${DUE} batches due, ${OPEN} open`,
      contenders: [await round("ours", OPEN), await round(`${DUE} open`, DUE)],
      goals: [{ than: `${DUE} open`, maxRatio: MAX_RATIO }],
    }],
    async [Symbol.asyncDispose]() {
      await rm(directory, { recursive: true });
    },
  };
}

/** Has so many batches taken, of which some are due by the time that it gives. */
async function fill(path: string, open: number): Promise<number> {
  const clock = new ManualClock();
  const store = sqliteStore(path, { synchronous: "normal" }); // Not measured, so the disk need not keep each commit.
  const handler = createStubbedHandler({ store, clock, verify });
  const bytes = new TextEncoder().encode('{"delivery":""}');
  const take = (count: number) =>
    inParallel(
      Array.from({ length: count }, () => crypto.randomUUID()),
      AT_ONCE,
      (id) => deliver(handler, { id, bytes, signature: "" }),
    );
  await take(DUE);
  await clock.advance(DUE_AFTER_MS);
  await take(open - DUE);
  // So many were sent just now that counting them towards the rate of the next holder would be all that is measured.
  await remove(store, `${LANE}/sent`);
  await store.close();
  return clock.nowMs();
}

/** No signature, as what it costs to make and check them is measured elsewhere. */
const verify: Verifier = ({ headers }) => {
  const deliveryId = headers.get("x-github-delivery");
  return Promise.resolve(
    deliveryId === null
      ? { isVerified: false, cause: "it has no id" }
      : { isVerified: true, deliveryId, isIdSigned: true },
  );
};
