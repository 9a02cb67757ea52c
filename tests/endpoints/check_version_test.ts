/** Proves that `checkVersion()` compares versions with the least ones of the service, the local service's too. */
import { assertEquals, assertRejects } from "@std/assert";
import {
  accessToken,
  checkVersion,
  COMPATIBLE_SDK_VERSION,
  ComputeDecodeError,
  ComputeHttpError,
  createClient,
} from "../../mod.ts";
import { startLocalService } from "../../src/local/mod.ts";
import { Refusal, scriptedService } from "../support/scripted_service.ts";

Deno.test("checkVersion() holds this module and an endpoint against the service's minima", async () => {
  const minima = (min_sdk_version: string) => ({ api: "1.0.43", min_sdk_version, min_ep_version: "4.10.0" });
  using service = scriptedService([
    minima("2.3.0"),
    minima("99.0.0"),
    minima("4.19.0.dev1"),
    minima("2.3.0"),
  ]);
  const { client, seen } = service;
  assertEquals(await checkVersion(client), {
    apiVersion: "1.0.43",
    sdkVersion: COMPATIBLE_SDK_VERSION,
    minSdkVersion: "2.3.0",
    minEndpointVersion: "4.10.0",
    isCompatible: true,
  });
  assertEquals((await checkVersion(client)).isCompatible, false);
  const withOld = await checkVersion(client, { endpointVersion: "4.10.0rc1" });
  assertEquals([withOld.isCompatible, withOld.isEndpointCompatible], [true, false]);
  assertEquals((await checkVersion(client, { endpointVersion: "4.1.dev0" })).isEndpointCompatible, true);
  assertEquals(seen[0]?.call, "GET /v2/version?service=all");
});

Deno.test("checkVersion() refuses what is no version, the caller's and the service's", async () => {
  const answers = ["1.0.43", { api: "1", min_sdk_version: "2.0.0" }, {
    min_sdk_version: "new",
    min_ep_version: "2.0.0",
  }];
  using service = scriptedService([...answers, new Refusal(422, "SEMANTICALLY_INVALID")]);
  await assertRejects(() => checkVersion(service.client, { endpointVersion: "new" }), RangeError, '"new"');
  for (const _ of answers) {
    await assertRejects(() => checkVersion(service.client), ComputeDecodeError, "min_");
  }
  await assertRejects(() => checkVersion(service.client), ComputeHttpError);
});

Deno.test("checkVersion() passes with the local service", async () => {
  await using local = await startLocalService({ workers: 1 });
  const client = createClient({ baseUrl: local.baseUrl, authorizer: accessToken(local.accessToken) });
  assertEquals((await checkVersion(client, { endpointVersion: "4.19.0" })).isCompatible, true);
});
