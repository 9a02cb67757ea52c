/** Submits a batch of 50 MB of arguments, and prints what it came to and the memory that it took. */
import process from "node:process";
import { accessToken, batchRun, createClient, registerSource, waitForBatch } from "../../mod.ts";

const TASKS = 500;
const LENGTH = 100_000;

async function main([baseUrl, token]: string[]): Promise<void> {
  let peak = 0;
  const look = () => {
    // The heap has its limit from the test; what is beside it is measured.
    peak = Math.max(peak, process.memoryUsage().external);
  };
  const client = createClient({
    baseUrl: baseUrl as string,
    authorizer: accessToken(token as string),
    fetch: async (request) => {
      look();
      const response = await fetch(request);
      look();
      return response;
    },
  });
  const functionId = await registerSource(client, {
    source: "def f(n, text):\n    return [n, len(text), text[:3]]\n",
  });
  const tasks = Array.from({ length: TASKS }, (_, n) => ({
    functionId,
    args: [n, `${n % 10}`.repeat(LENGTH)],
  }));
  const endpointId = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
  const receipt = await batchRun(client, { endpointId, tasks });
  look();
  const outcomes = await waitForBatch(client, receipt, { timeoutMs: 60_000 });
  const results = outcomes.map((outcome) => outcome.state === "success" ? outcome.result : outcome.state);
  process.stdout.write(
    JSON.stringify({ results, externalBytes: peak, argumentBytes: TASKS * LENGTH }),
  );
}

main(process.argv.slice(2));
