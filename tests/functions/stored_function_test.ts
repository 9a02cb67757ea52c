/** Proves that a function is registered, read, copied, called and deleted on the local service. */
import { assertEquals, assertRejects } from "@std/assert";
import {
  accessToken,
  callFunction,
  ComputeDecodeError,
  ComputeHttpError,
  createClient,
  deleteFunction,
  getFunction,
  registerFunction,
  registerSource,
} from "../../mod.ts";
import { startLocalService } from "../../src/local/mod.ts";
import { scriptedService } from "../support/scripted_service.ts";

const ID = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";

Deno.test("a function is registered, read, copied, called and deleted", async () => {
  await using local = await startLocalService({ workers: 1 });
  const client = createClient({ baseUrl: local.baseUrl, authorizer: accessToken(local.accessToken) });
  const source = 'def greet():\n    """Says 🦔."""\n    return "🦔"\n';
  const functionId = await registerSource(client, { source, metadata: { pythonVersion: "3.12.7" } });
  const stored = await getFunction(client, functionId.toUpperCase());
  const code = `st\ngreet:${source}`;
  assertEquals(stored, {
    functionId,
    name: "greet",
    description: "Says 🦔.",
    code: `${[...code].length}\n${code}`,
    source: { name: "greet", source },
    metadata: { pythonVersion: "3.12.7", sdkVersion: "4.19.0" },
  });
  const copyId = await registerFunction(client, { name: "copy", code: stored.code });
  assertEquals(await callFunction(client, { endpointId: local.endpointId, functionId: copyId }), "🦔");

  assertEquals(await deleteFunction(client, copyId), undefined);
  for (const call of [() => getFunction(client, copyId), () => deleteFunction(client, copyId)]) {
    const error = await assertRejects(call, ComputeHttpError);
    assertEquals([error.status, error.serviceCode], [404, "FUNCTION_NOT_FOUND"]);
  }
});

Deno.test("getFunction() narrows what it gets, and both refuse an id that is none", async () => {
  using service = scriptedService([
    { function_code: "c", function_name: null, description: 3, metadata: null },
    { function_uuid: ID, metadata: {} },
    "text",
  ]);
  const { client } = service;
  assertEquals(await getFunction(client, ID), { functionId: ID, code: "c", metadata: {} });
  await assertRejects(() => getFunction(client, ID), ComputeDecodeError, "'function_code'");
  await assertRejects(() => getFunction(client, ID), ComputeDecodeError, "'function_code'");
  await assertRejects(() => getFunction(client, "f"), RangeError, "'functionId'");
  await assertRejects(() => deleteFunction(client, "f"), RangeError, "'functionId'");
  assertEquals(service.seen.map(({ call }) => call), Array(3).fill(`GET /v2/functions/${ID}`));
});
