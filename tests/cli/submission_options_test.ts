/**
 * `--config` and `--resources` come to the service as they were written, or are refused before anything is
 * sent.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { startLocalService } from "../../src/local/mod.ts";
import { callCli } from "./call_cli.ts";
import { environment, workspace } from "./cli_process.ts";

Deno.test("run and batch send what --config and --resources say, and arguments as they were written", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  const bodies: Record<string, unknown>[] = [];
  await using proxy = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.delete("host");
    const body = request.method === "POST" ? await request.text() : null;
    if (pathname.endsWith("/submit")) bodies.push(JSON.parse(body ?? ""));
    return await fetch(`${local.baseUrl}${pathname}${search}`, { method: request.method, headers, body });
  });
  const env = {
    ...environment(place.path, local),
    GLOBUS_SDK_SERVICE_URL_COMPUTE: `http://127.0.0.1:${proxy.addr.port}`,
  };
  const file = await place.write("work.py", "def f(*args, **kwargs):\n    return len(args) + len(kwargs)\n");
  const from = await place.write("rows.csv", "a,b\n1.0,é\n");
  const common = [`${file}:f`, "--endpoint", local.endpointId, "--config", '{"account": "x", "nodes": [1]}'];
  common.push("--resources", '{"num_nodes": 2, "ranks_per_node": 4, "launcher_options": "-v"}', "--json");
  const run = await callCli(["run", ...common, "--args", "1.0", "--kwargs", '{"b" : 1e2}'], { env });
  assertEquals([run.code, JSON.parse(run.stdout).result], [0, 2], run.stderr);
  const batch = await callCli(["batch", ...common, "--from", from, "--out", place.file("out.jsonl")], {
    env,
  });
  assertEquals(batch.code, 0, batch.stderr);
  const expected = {
    config: { account: "x", nodes: [1] },
    resources: { num_nodes: 2, ranks_per_node: 4, launcher_options: "-v" },
  };
  assertEquals(
    bodies.map((body) => ({ config: body.user_endpoint_config, resources: body.resource_specification })),
    [expected, expected],
  );
  assertEquals(bodies.map(({ tasks }) => Object.values(tasks as Record<string, string[]>)), [
    [['8\n11\n[1.0]14\n11\n{"b" : 1e2}']],
    [['5\n11\n[]25\n11\n{"a":1.0,"b":"\\u00e9"}']],
  ]);
});

Deno.test("run says what --resources may have, and sends nothing", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  const env = environment(place.path, local);
  const file = await place.write("work.py", "def f(): pass\n");
  const names =
    "num_nodes \\(a number\\), ranks_per_node \\(a number\\), num_ranks \\(a number\\), launcher_options";
  for (
    const [resources, message] of [
      ['{"nodes": 2}', new RegExp(`^Cannot use '--resources': it may have ${names} \\(a string\\)\n$`)],
      ['{"num_nodes": "2"}', new RegExp(`it may have ${names}`)],
      ['{"num_ranks": 2}', /^Cannot use '--resources': num_nodes is missing\n$/],
      ["2", /^Cannot use '--resources': it is no JSON object;/],
    ] as const
  ) {
    const args = ["run", file, "--endpoint", local.endpointId, "--resources", resources];
    const { code, stderr } = await callCli(args, { env });
    assertMatch(stderr, message);
    assertEquals(code, 2);
  }
  assertEquals(local.requests.filter(({ path }) => !path.startsWith("/v2/oauth2")), []);
});
