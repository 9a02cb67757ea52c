/** 1,000 calls at once cost a handful of requests. */
import { assert, assertEquals } from "@std/assert";
import { accessToken, callFunction, createClient, registerSource } from "../../mod.ts";
import { startLocalService } from "../../src/local/mod.ts";

Deno.test("a thousand callFunction() in one Promise.all cost a handful of requests", async () => {
  await using local = await startLocalService({ workers: 2, maxRequestsPer10s: 20 });
  const client = createClient({ baseUrl: local.baseUrl, authorizer: accessToken(local.accessToken) });
  const functionId = await registerSource(client, { source: "def double(x):\n    return 2 * x\n" });
  const before = local.requests.length;
  const numbers = Array.from({ length: 1000 }, (_, n) => n);
  const { endpointId } = local;
  const results = await Promise.all(
    numbers.map((n) => callFunction(client, { endpointId, functionId, args: [n] })),
  );
  assertEquals<unknown>(results, numbers.map((n) => 2 * n));
  const requests = local.requests.slice(before);
  const polls = requests.filter(({ path }) => path === "/v2/batch_status");
  assert(requests.length - polls.length <= 10, `${requests.length - polls.length} requests beside polls`);
  assertEquals(requests.map(({ status }) => status), requests.map(() => 200));
});
