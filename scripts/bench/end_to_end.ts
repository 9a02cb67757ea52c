import { accessToken, batchRun, createClient, registerSource, waitForBatch } from "../../mod.ts";
import { createLocalService, startLocalService } from "../../src/local/mod.ts";

const SIZES = [1, 100, 1_000, 10_000] as const;
const MANY = 100_000;

/** What a batch of one size took, from `batchRun` to the last outcome. */
export interface EndToEnd {
  tasks: number;
  seconds: number;
  requests: number;
}

/** Batches of several sizes on real Python workers, at the service's real rate. */
export async function endToEnd(python: string): Promise<EndToEnd[]> {
  const results: EndToEnd[] = [];
  for (const count of SIZES) {
    // Each has a service of its own: what was asked before would count against its rate.
    await using local = await startLocalService({ python, maxRequestsPer10s: 20 });
    const client = createClient({ baseUrl: local.baseUrl, authorizer: accessToken(local.accessToken) });
    const functionId = await registerSource(client, { source: "def same(x):\n    return x\n" });
    const { endpointId } = local;
    const tasks = Array.from({ length: count }, (_, x) => ({ functionId, args: [x] }));
    const before = local.requests.length;
    const startMs = performance.now();
    await waitForBatch(client, await batchRun(client, { endpointId, tasks }));
    results.push({
      tasks: count,
      seconds: (performance.now() - startMs) / 1000,
      requests: local.requests.length - before,
    });
  }
  return results;
}

/** How much memory a program holds while it has so many calls, and then results, in bytes beside what it had before. */
export interface Memory {
  calls: number;
  encodedBytes: number;
  resultBytes: number;
}

/** Memory of many calls and their results, through the service in this process, whose own share is in it. */
export async function memory(): Promise<Memory> {
  await using local = createLocalService({
    functions: { same: (x: number) => x },
    maxRecords: 10,
  });
  const limiter = { acquire: () => Promise.resolve(), pause: () => {} };
  const client = createClient({
    baseUrl: local.baseUrl,
    authorizer: accessToken(local.accessToken),
    fetch: local.fetch,
    limiter,
  });
  const functionId = await registerSource(client, { source: "def same(x):\n    return x\n", name: "same" });
  const tasks = Array.from({ length: MANY }, (_, x) => ({ functionId, args: [x] }));
  const before = held();
  const receipt = await batchRun(client, { endpointId: local.endpointId, tasks });
  const encodedBytes = held() - before;
  const outcomes = await waitForBatch(client, receipt);
  const resultBytes = held() - before;
  if (outcomes.length !== MANY) throw new Error(`${outcomes.length} outcomes of ${MANY}`);
  return { calls: MANY, encodedBytes, resultBytes };
}

function held(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().heapUsed + Deno.memoryUsage().external;
}
