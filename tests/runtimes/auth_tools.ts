import {
  type Authorizer,
  batchRun,
  callFunction,
  type Client,
  ComputeAuthorizationError,
  createClient,
  getEndpointStatus,
  registerSource,
  systemClock,
  waitForBatch,
} from "../../mod.ts";
import { equal, LIMIT, type Sent, SOURCE, type Tools, type World } from "./auth_world.ts";
import { observe } from "./observe.ts";

/** The tools of the cases, and what they were used on. */
export interface ToolBox extends Tools {
  /** All that was made by now. */
  made: readonly { authorizer: Authorizer; client: Client }[];
}

/**
 * Makes the tools.
 *
 * @param secrets Takes every secret that is sent or received.
 * @param look Is shown whatever a log may get to see.
 */
export function createTools(world: World, secrets: Set<string>, look: (value: unknown) => void): ToolBox {
  const made: { authorizer: Authorizer; client: Client }[] = [];
  const sent = new WeakMap<Client, Sent>();
  let refreshTokens = 0;

  async function control(path: string): Promise<string> {
    return await (await fetch(world.controlUrl + path, { method: "POST" })).text();
  }

  function sentBy(client: Client): Sent {
    return sent.get(client) ?? { tokenRequests: 0, refusals: 0, bearers: new Set() };
  }

  async function submitTasks(client: Client) {
    const functionId = await registerSource(client, { source: "def double(x):\n    return 2 * x\n" });
    const tasks = [1, 2, 3].map((x) => ({ functionId, args: [x] }));
    return await batchRun(client, { endpointId: world.endpointId, tasks });
  }

  return {
    world,
    made,
    sentBy,
    connect(authorizer, { ahead = { ms: 0 }, baseUrl = world.baseUrl } = {}) {
      const own: Sent = { tokenRequests: 0, refusals: 0, bearers: new Set() };
      const client = createClient({
        authorizer,
        baseUrl,
        fetch: observe(secrets, own),
        limiter: { acquire: () => Promise.resolve(), pause() {} },
        clock: { ...systemClock, nowMs: () => systemClock.nowMs() + ahead.ms },
        onWarning: look,
      });
      sent.set(client, own);
      made.push({ authorizer, client });
      return client;
    },
    takeRefreshToken() {
      const token = world.refreshTokens[refreshTokens++];
      if (token === undefined) throw new Error("No refresh token is left: let the world have more");
      return token;
    },
    async roundTrip(client) {
      const functionId = await registerSource(client, { source: SOURCE });
      const call = { endpointId: world.endpointId, functionId, args: [21] };
      equal(await callFunction(client, call, LIMIT), 42, "value");
    },
    ask: async (client) => (await getEndpointStatus(client, world.endpointId, LIMIT)).status,
    expire: async () => void await control("/expire"),
    async revoke(client, { clientId, clientSecret }) {
      const token = [...sentBy(client).bearers].at(-1) ?? "";
      const response = await fetch(`${world.issuer}/v2/oauth2/token/revoke`, {
        method: "POST",
        headers: clientSecret === undefined
          ? {}
          : { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
        body: new URLSearchParams({ token, ...(clientSecret === undefined ? { client_id: clientId } : {}) }),
      });
      equal(response.status, 200, await response.text());
    },
    async submitHeld(clients) {
      await control("/hold");
      const receipts = await Promise.all(clients.map(submitTasks));
      const waits = Promise.all(clients.map(async (client, i) => {
        const outcomes = await waitForBatch(client, receipts[i] ?? [], LIMIT);
        return outcomes.map((outcome) => outcome.state === "success" ? outcome.result : outcome.state).join(
          " ",
        );
      }));
      waits.catch(() => {});
      return async () => {
        await control("/release");
        return await waits;
      };
    },
    async failure(call) {
      try {
        await call;
      } catch (error) {
        look(error);
        if (error instanceof ComputeAuthorizationError) return error;
        throw error;
      }
      throw new Error("It did not fail");
    },
    countStrays: async () => Number(await control("/strays")),
  };
}
