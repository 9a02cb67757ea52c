/** The stores keep all promises in workerd, also when it is killed. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Miniflare } from "miniflare";
import {
  type DurableObjectStorageLike,
  durableObjectStore,
} from "../../../edge/stores/durable_object_store.ts";
import { put } from "../../../src/store/writes.ts";
import { seeded } from "../../store/seeded.ts";
import { storeCases } from "../../store/store_suite.ts";
import { bundleWorker } from "../../support/bundle_worker.ts";
import { directories } from "../../support/directories.ts";
import { storms } from "../../support/storm_length.ts";
import { type KillableWorker, SANITIZE, startWorker } from "../killable_worker.ts";
import type { CaseOutcome } from "./store_suite_worker.ts";

Deno.test("stores keep all promises in workerd", SANITIZE, async (t) => {
  const contents = await bundleWorker("tests/edge/stores/store_suite_worker.ts");
  const worker = new Miniflare({
    modules: [{ type: "ESModule", path: "worker.js", contents }],
    compatibilityDate: "2026-01-01",
    compatibilityFlags: ["nodejs_compat"], // For the assertions, which are those of Node.
    durableObjects: { STORES: { className: "Stores", useSQLite: true } },
  });
  try {
    const response = await worker.dispatchFetch("http://suite/");
    const outcomes = await response.json() as CaseOutcome[];
    assertEquals(outcomes.length, storeCases.length * 3);
    for (const { name, error } of outcomes) await t.step(name, () => assertEquals(error, undefined));
  } finally {
    await worker.dispose();
  }
});

function startRounds(directory: string): Promise<KillableWorker> {
  return startWorker({
    entry: "tests/edge/stores/store_rounds_worker.ts",
    directory,
    durableObjects: { STORE: { className: "Rounds", useSQLite: true } },
  });
}

Deno.test("durableObjectStore() has whole commits after workerd was killed", SANITIZE, async () => {
  await using made = await directories();
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = seeded(seed);
  let { worker, kill } = await startRounds(made.path);
  for (let batch = 0; batch < storms(3, 8); batch++) {
    const acknowledged: Record<string, number> = { [`b${batch}p0`]: 0, [`b${batch}p1`]: 0 };
    let untilKill = 3 + Math.floor(random() * 40);
    let killing: Promise<void> | undefined;
    await Promise.all(
      Object.keys(acknowledged).map(async (name) => {
        for (let round = 0; killing === undefined; round++) {
          const answered = worker.dispatchFetch(`http://store/round?name=${name}&round=${round}`);
          if (--untilKill === 0) {
            killing = new Promise((resolve) => setTimeout(resolve, random() * 8)).then(kill);
          }
          const response = await answered.catch(() => undefined);
          if (!response?.ok) return assert(killing, `${response?.status} (seed ${seed})`);
          await response.body?.cancel();
          (acknowledged[name] as number)++;
        }
      }),
    );
    await killing;
    ({ worker, kill } = await startRounds(made.path));
    const body = JSON.stringify(acknowledged);
    const response = await worker.dispatchFetch("http://store/check", { method: "POST", body });
    const text = await response.text();
    assertEquals([response.status, Number(text) > 0], [200, true], `${text} (seed ${seed})`);
  }
  await worker.dispose();
});

Deno.test(
  "durableObjectStore() removes what has expired, two values with each change",
  SANITIZE,
  async () => {
    await using made = await directories();
    const { worker } = await startRounds(made.path);
    const response = await worker.dispatchFetch("http://expiry/expiry");
    const counts = await response.json() as number[][];
    const seen = await (await worker.dispatchFetch("http://seen/seen")).json();
    await worker.dispose();
    assertEquals(counts.map(([keys]) => keys), [20, 19, 17, 13, 11, 5, 3, 3]);
    assertEquals(counts.map(([, rows]) => rows), [60, 55, 49, 33, 27, 9, 3, 3]);
    assertEquals(seen, { get: [0, 0], getMany: [0, 0], list: [0, 0], commit: [0, 0] });
  },
);

Deno.test("durableObjectStore() makes nothing of a commit of which a statement fails", SANITIZE, async () => {
  await using made = await directories();
  const { worker } = await startRounds(made.path);
  const standing = await (await worker.dispatchFetch("http://failing/failing")).json() as string[];
  await worker.dispose();
  const [before, after] = ["x", "y"].map((letter) => `${letter}1200000 `.repeat(3).trim());
  // A deletion and three pieces for each value, and the look at what has expired.
  assertEquals(standing, [...Array(13).fill(before), after]);
});

/** The storage of a Durable Object whose statements fail from some time on. */
function failing(message: string): { storage: DurableObjectStorageLike; fail(): void } {
  let isFailing = false;
  const exec = () => {
    if (isFailing) throw new Error(message);
    return { toArray: () => [] };
  };
  return {
    storage: { sql: { exec }, transactionSync: (work) => work() },
    fail: () => void (isFailing = true),
  };
}

Deno.test("durableObjectStore() says what fails, and what to do about a full database", async () => {
  const full = failing("database or disk is full: SQLITE_FULL");
  const store = durableObjectStore(full.storage);
  full.fail();
  const { message } = await assertRejects(() => put(store, "a", "1"), Error, "Cannot write to the database");
  assertEquals(
    message,
    "Cannot write to the database of the Durable Object: database or disk is full: SQLITE_FULL. " +
      "Remove what is not needed any more, or use another Durable Object",
  );
  const broken = failing("disk I/O error: SQLITE_IOERR");
  const other = durableObjectStore(broken.storage);
  broken.fail();
  const read = "Cannot read from the database of the Durable Object: disk I/O error: SQLITE_IOERR";
  for (const call of [() => other.get("a"), () => other.getMany(["a"]), () => other.list("")]) {
    assertEquals((await assertRejects(call, Error)).message, read);
  }
  assertThrows(() => durableObjectStore(broken.storage), Error, "Cannot set up the database");
});
