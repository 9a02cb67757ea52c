import { assert, assertEquals } from "@std/assert";
import { Miniflare } from "miniflare";
import { directories } from "../../store/file_store_support.ts";
import { seeded } from "../../store/seeded.ts";
import { DONE_PER_ROUND } from "../../store/store_round.ts";
import { storeCases } from "../../store/store_suite.ts";
import { bundleWorker } from "../../support/bundle_worker.ts";
import { descendantsOf } from "../../support/processes.ts";
import type { CaseOutcome } from "./store_suite_worker.ts";

// Miniflare leaves a message port open, and is still removing its folder when it says that it is done.
const SANITIZE = { sanitizeOps: false, sanitizeResources: false };

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

/** Starts workerd with a Durable Object, whose storage is in a directory. */
async function startRounds(directory: string): Promise<{ worker: Miniflare; kill(): Promise<void> }> {
  const before = await descendantsOf(Deno.pid);
  const worker = new Miniflare({
    modules: [{
      type: "ESModule",
      path: "worker.js",
      contents: await bundleWorker("tests/edge/stores/store_rounds_worker.ts"),
    }],
    compatibilityDate: "2026-01-01",
    durableObjects: { STORE: { className: "Rounds", useSQLite: true } },
    durableObjectsPersist: directory,
  });
  await worker.ready;
  const started = (await descendantsOf(Deno.pid)).filter((pid) => !before.includes(pid));
  return {
    worker,
    async kill() {
      for (const pid of started) Deno.kill(pid, "SIGKILL");
      await worker.dispose();
    },
  };
}

Deno.test("durableObjectStore() has whole values after workerd was killed", SANITIZE, async () => {
  await using made = await directories();
  const random = seeded(20261125);
  let counter = 0;
  for (let batch = 0; batch < 4; batch++) {
    const { worker, kill } = await startRounds(made.path);
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
          if (!response?.ok) return assert(killing, `${response?.status}`);
          await response.body?.cancel();
          (done[name] as number) += DONE_PER_ROUND;
        }
      }),
    );
    await killing;
    const after = await startRounds(made.path);
    const body = JSON.stringify({ done, counter });
    const response = await after.worker.dispatchFetch("http://store/check", { method: "POST", body });
    counter = Number(await response.text());
    assertEquals([response.status, counter > 0], [200, true]);
    await after.worker.dispose();
  }
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
