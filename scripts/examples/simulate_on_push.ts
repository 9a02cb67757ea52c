/**
 * A push to GitHub runs a simulation at eight temperatures, and the commit is told what became of it.
 * To run it, set EDGE_BASE_URL, EDGE_LINK_SECRETS and GITHUB_WEBHOOK_SECRETS, and GLOBUS_COMPUTE_CLIENT_ID and
 * GLOBUS_COMPUTE_CLIENT_SECRET, or what `task local` prints to be pasted: `npx -y deno@2.9.6 run -A
 * scripts/examples/simulate_on_push.ts`, then let the repository's webhook post to {EDGE_BASE_URL}/hooks/simulate.
 */
import { serve } from "@hono/node-server";
import process from "node:process";
import * as v from "valibot";
import { createClient, fromEnvironment, registerSource } from "@edge-compute/globus";
import { createEdgeHandler, defineHook, github } from "@edge-compute/globus/edge";
import { sqliteStore } from "@edge-compute/globus/sqlite-store";

/** How much of an Ising magnet's spins agree. A commit is the seed: who pushes it again gets the same figures. */
const SOURCE = `
import math, random
def magnetization(commit, temperature, size=16, sweeps=200):
    rng = random.Random(commit)
    spins = [[1] * size for _ in range(size)]
    total = 0
    for sweep in range(sweeps):
        for _ in range(size * size):
            x, y = rng.randrange(size), rng.randrange(size)
            near = spins[x - 1][y] + spins[(x + 1) % size][y] + spins[x][y - 1] + spins[x][(y + 1) % size]
            cost = 2 * spins[x][y] * near
            if cost <= 0 or rng.random() < math.exp(-cost / temperature):
                spins[x][y] = -spins[x][y]
        if sweep >= sweeps // 2:
            total += abs(sum(map(sum, spins))) / size ** 2
    return {"temperature": temperature, "magnetization": total / (sweeps - sweeps // 2)}
`;
const TEMPERATURES = [1.5, 1.9, 2.1, 2.27, 2.4, 2.6, 3, 4];

/** A push, as far as it is looked at. */
const PUSH = v.object({
  ref: v.string(),
  head_commit: v.nullable(v.object({ id: v.string() })),
  repository: v.object({ default_branch: v.string() }),
});

const authorizer = fromEnvironment(process.env);
const service = { baseUrl: process.env.GLOBUS_SDK_SERVICE_URL_COMPUTE ?? "https://compute.api.globus.org" };
const endpointId = process.env.COMPUTE_ENDPOINT_ID ?? "4b116d3c-1703-4f8f-9f6f-39921e5864df"; // The tutorial's
const { GITHUB_TOKEN: token, GITHUB_API_URL: apiUrl = "https://api.github.com" } = process.env;
const store = sqliteStore("simulate-on-push.sqlite"); // Who starts this again finds what was under way.
const client = createClient({ authorizer, store, ...service });
const functionId = await registerSource(client, { source: SOURCE });

const handler = createEdgeHandler({
  baseUrl: need("EDGE_BASE_URL"),
  linkSecrets: need("EDGE_LINK_SECRETS").split(","),
  store,
  authorizer,
  service,
  hooks: {
    simulate: defineHook({
      verify: github({ secrets: need("GITHUB_WEBHOOK_SECRETS").split(","), events: ["push"] }),
      payload: PUSH,
      endpoints: [endpointId],
      functions: [functionId],
      batch({ ref, head_commit: commit, repository }) {
        if (!commit || ref !== `refs/heads/${repository.default_branch}`) return undefined;
        const tasks = TEMPERATURES.map((temperature) => ({ functionId, args: [commit.id, temperature] }));
        return { endpointId, tasks };
      },
      ...(token ? { commitStatus: { token, apiUrl } } : {}),
    }),
  },
  onEvent: (event) => say(`${event.kind}${"batchId" in event ? ` ${event.batchId}` : ""}`),
});

serve({ fetch: handler, hostname: "127.0.0.1", port: Number(process.env.PORT ?? 8080) }, ({ port }) => {
  say(`Listening on http://127.0.0.1:${port}`);
});
// Does what is due: results, statuses, and what an earlier process has left.
setInterval(() => handler.collect().catch((error) => say(`Cannot collect: ${error.message}`)), 1000);

function need(name: string): string {
  const value = process.env[name];
  if (value) return value;
  process.stderr.write(`Cannot start without ${name}: set it\n`);
  process.exit(1);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
