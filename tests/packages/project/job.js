// The same job in each runtime, as a program that has installed the package writes it.
import {
  asCompleted,
  batchRun,
  callFunction,
  clientCredentials,
  ComputeTaskError,
  createClient,
  registerSource,
  tuple,
} from "@edge-compute/globus";
import { createEdgeHandler, github } from "@edge-compute/globus/edge";
import { memoryStore } from "@edge-compute/globus";

const SOURCE = `
def scale(x, factor=2):
    if x < 0:
        raise ValueError(f"negative: {x}")
    return x * factor

def swap(pair):
    return (pair[1], pair[0])
`;

/** Calls, fails, sends a pickle, has a batch completed, and lets a delivery in that nobody signed. */
export async function run(local) {
  const { baseUrl, issuer, endpointId, clientId, clientSecret } = local;
  const client = createClient({ baseUrl, authorizer: clientCredentials({ issuer, clientId, clientSecret }) });
  const functionId = await registerSource(client, { source: SOURCE, name: "scale" });
  const call = (task) => callFunction(client, { endpointId, functionId, ...task }, { timeoutMs: 60_000 });
  const doubled = await call({ args: [21] });
  const failure = await call({ args: [-1] }).catch((error) => error);

  const swapId = await registerSource(client, { source: SOURCE, name: "swap" });
  const pair = tuple(new Uint8Array([1, 2]), 2n ** 70n);
  const swapped = await call({ functionId: swapId, args: [pair] });

  const tasks = Array.from({ length: 50 }, (_, x) => ({ functionId, args: [x], kwargs: { factor: 3 } }));
  const receipt = await batchRun(client, { endpointId, tasks });
  let sum = 0;
  for await (const outcome of asCompleted(client, receipt, { timeoutMs: 60_000 })) sum += outcome.result;

  const handler = createEdgeHandler({
    baseUrl: "https://hooks.example.org",
    store: memoryStore(),
    linkSecrets: ["0123456789abcdef0123456789abcdef"],
    authorizer: clientCredentials({ issuer, clientId, clientSecret }),
    hooks: {
      push: {
        verify: github({ secrets: ["It's a Secret to Everybody"] }),
        endpoints: [endpointId],
        functions: [functionId],
        batch: () => undefined,
      },
    },
  });
  const delivery = new Request("https://hooks.example.org/hooks/push", {
    method: "POST",
    headers: { "content-type": "application/json", "x-github-delivery": "1" },
    body: "{}",
  });
  const { status } = await handler(delivery);

  return {
    doubled,
    failure: failure instanceof ComputeTaskError ? [failure.type, failure.pythonMessage] : String(failure),
    swapped: [String(swapped[0]), [...swapped[1]]],
    sum,
    status,
  };
}
