// Checked by TypeScript under "nodenext", with each entry of the package.
import {
  callFunction,
  type Client,
  createClient,
  type PythonValue,
  type TaskOutcome,
} from "@edge-compute/globus";
import { createEdgeHandler, defineHook, type EdgeHandler, github } from "@edge-compute/globus/edge";
import { sqliteStore } from "@edge-compute/globus/sqlite-store";
import { type LocalService, startLocalService } from "@edge-compute/globus/local";
import { storedLogin } from "@edge-compute/globus/login";

export const client: Client = createClient({
  authorizer: storedLogin(),
  store: sqliteStore("results.sqlite"),
});
export const start: () => Promise<LocalService> = startLocalService;

export async function call(endpointId: string, functionId: string): Promise<PythonValue> {
  return await callFunction(client, { endpointId, functionId, args: [1] });
}

export function tell(outcome: TaskOutcome): string {
  switch (outcome.state) {
    case "success":
      return String(outcome.result);
    case "failed":
      return outcome.error.traceback;
    default:
      return outcome.state;
  }
}

// @ts-expect-error: a client needs an authorizer
createClient({});

export const handler: EdgeHandler = createEdgeHandler({
  baseUrl: "https://hooks.example.org",
  store: sqliteStore("edge.sqlite"),
  linkSecrets: ["0123456789abcdef0123456789abcdef"],
  authorizer: storedLogin(),
  hooks: {
    push: defineHook({
      verify: github({ secrets: ["secret"], events: ["push"] }),
      endpoints: ["4b116d3c-1703-4f8f-9f6f-39921e5864df"],
      functions: ["b0a5d1a0-2b22-4381-b899-ba73321e41e0"],
      batch: () => undefined,
    }),
  },
});
