import { accessToken, batchRun, createClient, registerSource, waitForBatch } from "../../mod.ts";
import { createLocalService } from "../../src/local/mod.ts";
import type { Contest } from "./contest.ts";

const TASKS = 2_000;
const LARGE = 1_000_000;

/** Many small tasks with a client that had a large result before, at the service's real rate. */
export function sizeContests(): Promise<Contest[]> {
  return Promise.resolve([{
    name: `${TASKS} small tasks after a result of ${LARGE / 1_000_000} MB`,
    contenders: [
      { name: "ours", run: () => runSmall([LARGE]) },
      { name: "without it", run: () => runSmall([1]) },
    ],
    goals: [{ than: "without it", maxRatio: 1.5 }],
  }]);
}

/** Runs tasks with results of these lengths, then small ones of another function; takes the seconds of these alone. */
async function runSmall(before: readonly number[]): Promise<number> {
  const text = (count: number) => "x".repeat(count);
  // Each has a service of its own: what was asked before would count against its rate.
  await using local = createLocalService({ functions: { before: text, small: text }, maxRequestsPer10s: 20 });
  const { baseUrl, endpointId, fetch } = local;
  const client = createClient({ baseUrl, fetch, authorizer: accessToken(local.accessToken) });
  const register = (name: string) => registerSource(client, { source: `def ${name}(count):\n    ...\n` });
  const [first, small] = [await register("before"), await register("small")];
  const run = async (functionId: string, counts: readonly number[]) => {
    const tasks = counts.map((count) => ({ functionId, args: [count] }));
    await waitForBatch(client, await batchRun(client, { endpointId, tasks }));
  };
  await run(first, before);
  const startMs = performance.now();
  await run(small, Array<number>(TASKS).fill(1));
  return (performance.now() - startMs) / 1000;
}
