/** What requests of a Worker share: the values of tokens, and nothing that ends with a request. */
import { assertEquals, assertRejects } from "@std/assert";
import { type LocalService, startLocalService } from "../../src/local/mod.ts";
import { until } from "../support/until.ts";
import { SANITIZE, startWorker } from "./start_worker.ts";

const REQUESTS = 20;

function tokenRequests({ requests }: LocalService): number {
  return requests.filter(({ path }) => path === "/v2/oauth2/token").length;
}

Deno.test("requests of a Worker share tokens, and wait for none of each other", SANITIZE, async (t) => {
  await using local = await startLocalService({ workers: 1 });
  const { baseUrl, issuer, endpointId, clientId, clientSecret } = local;
  const body = JSON.stringify({ baseUrl, issuer, endpointId, clientId, clientSecret });
  const { worker } = await startWorker("tests/runtimes/shared_authorizer_worker.ts");
  const ask = async (signal: AbortSignal | null = null) =>
    await (await worker.dispatchFetch("http://worker/", { method: "POST", body, signal })).text();
  const askAtOnce = () => Promise.all(Array.from({ length: REQUESTS }, () => ask()));
  const online = new Array<string>(REQUESTS).fill("online");
  try {
    for (const when of ["at first", "when the token has expired"]) {
      await t.step(when, async () => {
        local.expireAccessTokens();
        assertEquals(await askAtOnce(), online);
        const before = tokenRequests(local);
        assertEquals(await askAtOnce(), online);
        assertEquals(tokenRequests(local) - before, 0);
      });
    }
    await t.step("when the request that asks for a token is given up", async () => {
      local.expireAccessTokens();
      local.setFaults({ latencyMs: 1_000 });
      const before = tokenRequests(local);
      const caller = new AbortController();
      const first = assertRejects(() => ask(caller.signal));
      await until("a request for a token", () => tokenRequests(local) > before);
      caller.abort();
      await first;
      local.setFaults();
      assertEquals(await ask(), "online");
    });
  } finally {
    await worker.dispose();
  }
});
