/**
 * Submits tasks, prints their group, and waits for them with a store in SQLite, until it is killed. Before each poll it
 * prints the ids that it asks for. Run by the kill test.
 */
import process from "node:process";
import { writeSync } from "node:fs";
import { accessToken, batchRun, createClient, registerSource, waitForBatch } from "../../mod.ts";
import { sqliteStore } from "../../src/store/sqlite_store.ts";

async function main([baseUrl, token, storeFile, count]: string[]): Promise<void> {
  const say = (line: unknown) => void writeSync(1, `${JSON.stringify(line)}\n`);
  const client = createClient({
    baseUrl: baseUrl as string,
    authorizer: accessToken(token as string),
    store: sqliteStore(storeFile as string),
    limiter: { acquire: () => Promise.resolve(), pause() {} },
    fetch: async (request) => {
      if (request.url.endsWith("/v2/batch_status")) say(await request.clone().json());
      return await fetch(request);
    },
  });
  const source = "import time\ndef slow(n):\n    time.sleep(0.002)\n    return n\n";
  const functionId = await registerSource(client, { source });
  const endpointId = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
  const tasks = Array.from({ length: Number(count) }, (_, n) => ({ functionId, args: [n] }));
  const receipt = await batchRun(client, { endpointId, tasks });
  say({ receipt });
  await waitForBatch(client, receipt);
  say({ done: true });
}

main(process.argv.slice(2));
