/** The stores keep all promises in workerd, also when it is killed. */
import { assert, assertEquals } from "@std/assert";
import { Miniflare } from "miniflare";
import { directories } from "../../support/directories.ts";
import { seeded } from "../../store/seeded.ts";
import { DONE_PER_ROUND } from "../../store/store_round.ts";
import { storeCases } from "../../store/store_suite.ts";
import { bundleWorker } from "../../support/bundle_worker.ts";
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
    assertEquals(outcomes.length, storeCases.length * 2);
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

Deno.test("durableObjectStore() has whole values after workerd was killed", SANITIZE, async () => {
  await using made = await directories();
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = seeded(seed);
  let counter = 0;
  let { worker, kill } = await startRounds(made.path);
  for (let batch = 0; batch < storms(2, 4); batch++) {
    const done: Record<string, number> = { [`b${batch}p0`]: 0, [`b${batch}p1`]: 0 };
    let untilKill = 3 + Math.floor(random() * 20);
    let killing: Promise<void> | undefined;
    await Promise.all(
      Object.keys(done).map(async (name) => {
        for (let round = 0; killing === undefined; round++) {
          const answered = worker.dispatchFetch(`http://store/round?name=${name}&round=${round}`);
          if (--untilKill === 0) {
            killing = new Promise((resolve) => setTimeout(resolve, random() * 8)).then(kill);
          }
          const response = await answered.catch(() => undefined);
          if (!response?.ok) return assert(killing, `${response?.status} (seed ${seed})`);
          await response.body?.cancel();
          (done[name] as number) += DONE_PER_ROUND;
        }
      }),
    );
    await killing;
    ({ worker, kill } = await startRounds(made.path));
    const body = JSON.stringify({ done, counter });
    const response = await worker.dispatchFetch("http://store/check", { method: "POST", body });
    const text = await response.text();
    counter = Number(text);
    assertEquals([response.status, counter > 0], [200, true], `${text} (seed ${seed})`);
  }
  await worker.dispose();
});

Deno.test("durableObjectStore() removes what has expired, two values with each write", SANITIZE, async () => {
  await using made = await directories();
  const { worker } = await startRounds(made.path);
  const response = await worker.dispatchFetch("http://expiry/expiry");
  const counts = await response.json() as number[][];
  await worker.dispose();
  assertEquals(counts.map(([entries]) => entries), [20, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1, 1, 1, 0]);
  assertEquals(counts.map(([, pieces]) => pieces), [40, 36, 32, 28, 24, 20, 16, 12, 8, 4, 0, 0, 0, 0]);
});
