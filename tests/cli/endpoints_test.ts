/** `endpoints` shows what the service has, and ends with the code that says what went wrong. */
import { assertEquals, assertMatch } from "@std/assert";
import { startLocalService } from "../../src/local/mod.ts";
import { watchFetch } from "../support/watch_fetch.ts";
import { callCli } from "./call_cli.ts";
import { environment, workspace } from "./cli_process.ts";

Deno.test("endpoints lists what there is, and shows one", async () => {
  await using local = await startLocalService({ workers: 2 });
  await using place = await workspace();
  const env = environment(place.path, local);
  const { endpointId } = local;
  const list = await callCli(["endpoints", "--all", "--status"], { env });
  assertEquals(list, {
    code: 0,
    stdout: `ID${" ".repeat(36)}STATUS  NAME\n${endpointId}  online  Local workers\n`,
    stderr: "",
  });
  const json = JSON.parse((await callCli(["endpoints", "--json"], { env })).stdout);
  assertEquals(json.map(({ endpointId, name }: Record<string, string>) => [endpointId, name]), [[
    endpointId,
    "local",
  ]]);
  const one = await callCli(["endpoints", endpointId], { env });
  assertMatch(one.stdout, new RegExp(`^${endpointId}\n {2}status +online\n`));
  assertMatch(one.stdout, /^ {2}total workers +2$/m);
  const { status, isOnline, details } = JSON.parse(
    (await callCli(["endpoints", endpointId, "--json"], { env })).stdout,
  );
  assertEquals([status, isOnline, details.totalWorkers], ["online", true, 2]);
});

Deno.test("endpoints says when one is offline, and run notes it", async () => {
  using watched = watchFetch();
  await using local = await startLocalService({ workers: 1, faults: { offline: true } });
  await using place = await workspace();
  const env = environment(place.path, local);
  const one = await callCli(["endpoints", local.endpointId], { env });
  assertMatch(one.stdout, /status +offline/);
  assertEquals(one.stderr, "It is not online: tasks wait for it\n");
  const file = await place.write("double.py", "def double(x): return 2 * x\n");
  const args = ["run", file, "--endpoint", local.endpointId, "--args", "1"];
  const run = await callCli([...args, "--timeout", "1"], { env });
  assertEquals(run.code, 6);
  assertMatch(run.stderr, /^Note: Endpoint .* is offline/m);
  const interruption = new AbortController();
  const drawn = await callCli(args, {
    env,
    isTerminal: true,
    signal: interruption.signal,
    onMessage: (text) => text.includes("the endpoint is offline") && interruption.abort(),
  });
  assertEquals(drawn.code, 130);
  await watched.ended();
});

Deno.test("endpoints ends with 4 where the service answers with an error or cannot be reached, and with 6 in time", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  const env = environment(place.path, local);
  const unknown = await callCli(["endpoints", "11111111-2222-4333-8444-555555555555", "--json"], { env });
  const { error } = JSON.parse(unknown.stdout);
  assertEquals([unknown.code, error.status, error.serviceCode], [4, 404, "ENDPOINT_NOT_FOUND"]);
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const nowhere = `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
  const late = await callCli(["endpoints", "--base-url", nowhere, "--timeout", "0.3"], { env });
  assertEquals([late.code, late.stderr], [6, "The time that --timeout gives is over\n"]);
  listener.close();
  const types = await callCli(["generate", `${nowhere}/openapi.json`, "--out", place.path], { env });
  assertEquals(types.code, 4);
});
