/**
 * Submits a batch today, and picks it up tomorrow in another process: all that it takes is the id of the task group.
 * To run it, set GLOBUS_COMPUTE_CLIENT_ID and GLOBUS_COMPUTE_CLIENT_SECRET, or what `task local` prints to be pasted, and
 * `npx -y deno@2.9.6 run -A scripts/examples/pick_up_tomorrow.ts`; tomorrow add the id that it printed.
 */
import process from "node:process";
import * as v from "valibot";
import { batchRun, createClient, fromEnvironment, registerSource, waitForBatch } from "@edge-compute/globus";
import { sqliteStore } from "@edge-compute/globus/sqlite-store";

/** Pi by throwing darts: how many of them hit the quarter of a circle? */
const SOURCE = `
import random
def throw_darts(seed, count):
    rng = random.Random(seed)
    hits = sum(rng.random() ** 2 + rng.random() ** 2 < 1 for _ in range(count))
    return {"hits": hits, "count": count}
`;
const RESULT = v.object({ hits: v.number(), count: v.number() });

const baseUrl = process.env.GLOBUS_SDK_SERVICE_URL_COMPUTE ?? "https://compute.api.globus.org";
const endpointId = process.env.COMPUTE_ENDPOINT_ID ?? "4b116d3c-1703-4f8f-9f6f-39921e5864df"; // The tutorial's
// The service may forget a result once it was read, or half an hour after its task has ended. In the store it stays, for
// two weeks: what ends at night is best collected by a cron job too, as often as you like.
const store = sqliteStore("pick-up-tomorrow.sqlite");
const client = createClient({
  baseUrl,
  authorizer: fromEnvironment(process.env),
  store,
  onWarning: ({ message }) => say(`Note: ${message}`),
});

const [taskGroupId] = process.argv.slice(2);
if (taskGroupId === undefined) await submit();
else await collect(taskGroupId);

async function submit(): Promise<void> {
  const functionId = await registerSource(client, { source: SOURCE });
  const tasks = Array.from({ length: 10 }, (_, seed) => ({ functionId, args: [seed, 100_000] }));
  const receipt = await batchRun(client, { endpointId, tasks });
  say(`Submitted ${tasks.length} tasks. Tomorrow: pick_up_tomorrow.ts ${receipt.taskGroupId}`);
}

async function collect(taskGroupId: string): Promise<void> {
  let [hits, count] = [0, 0];
  // Waits for those that still run. A task that failed is an outcome too.
  for (const outcome of await waitForBatch(client, { taskGroupId })) {
    if (outcome.state === "success") {
      const result = v.parse(RESULT, outcome.result);
      hits += result.hits;
      count += result.count;
    } else {
      say(`${outcome.taskId}: ${"error" in outcome ? outcome.error.message : outcome.state}`);
    }
  }
  say(
    count === 0
      ? "There are no results"
      : `Pi is about ${(4 * hits / count).toFixed(3)}, after ${count} darts`,
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
