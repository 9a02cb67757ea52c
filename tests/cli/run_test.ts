/**
 * `run` sends arguments as they are written, prints what a function returns or raises, and says how to go
 * on.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startLocalService } from "../../src/local/mod.ts";
import { freePort } from "../support/free_port.ts";
import { callCli } from "./call_cli.ts";
import { environment, workspace } from "./cli_process.ts";

const SOURCE = `
import os, time
def hello(name):
    return "hello " + name
def kinds(*args, **kwargs):
    return [repr(value) for value in args] + [f"{name}={value!r}" for name, value in kwargs.items()]
def double(x): return 2 * x
def pickled(): return (1, b"xyz", float("inf"), 2 ** 70)
def boom(x):
    return 1 / x
def held(gate):
    while not os.path.exists(gate):
        time.sleep(0.02)
    return "done"
`;
const UNKNOWN = "11111111-2222-4333-8444-555555555555";

Deno.test("run prints what a function returns, and sends arguments as they are written", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  const env = environment(place.path, local);
  const file = await place.write("work.py", SOURCE);
  const run = (name: string, ...args: string[]) =>
    callCli(["run", `${file}:${name}`, "--endpoint", local.endpointId, ...args], { env });

  const hello = await run("hello", "--args", '"Wörld"');
  assertEquals([hello.code, hello.stdout], [0, "hello Wörld\n"]);
  assertMatch(hello.stderr, /^Task [\da-f-]{36} of function [\da-f-]{36}\n$/);
  const quiet = await run("double", "--args", "21", "--quiet");
  assertEquals(quiet, { code: 0, stdout: "42\n", stderr: "" });

  const numbers = ["1", "1.0", "-0.0", "1e2", "123456789012345678901234567890", "null"];
  const kinds = await run(
    "kinds",
    ...numbers.flatMap((number) => ["--args", number]),
    "--kwargs",
    '{"a": [1.0]}',
  );
  const expected = ["1", "1.0", "-0.0", "100.0", "123456789012345678901234567890", "None", "a=[1.0]"];
  assertEquals(JSON.parse(kinds.stdout), expected);

  const json = await run("pickled", "--json");
  assertEquals(json.stdout.split("\n").length, 2);
  const { state, result, taskId } = JSON.parse(json.stdout);
  assertEquals(state, "success");
  assertMatch(taskId, /^[\da-f-]{36}$/);
  assertEquals(result, {
    $python: "tuple",
    items: [
      1,
      { $python: "bytes", base64: "eHl6" },
      { $python: "float", text: "inf" },
      { $python: "int", text: String(2n ** 70n) },
    ],
  });
});

Deno.test("run tells a function that raises by its traceback, and ends with 1", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  const env = environment(place.path, local);
  const file = await place.write("work.py", SOURCE);
  const args = ["run", `${file}:boom`, "--endpoint", local.endpointId, "--args", "0"];
  const told = await callCli(args, { env });
  assertEquals([told.code, told.stdout], [1, ""]);
  assertMatch(
    told.stderr,
    /Traceback[^]*ZeroDivisionError: division by zero\nTask \S+ failed: ZeroDivisionError/,
  );
  const json = await callCli([...args, "--json"], { env });
  assertEquals(json.code, 1);
  const { state, error } = JSON.parse(json.stdout);
  assertEquals([state, error.kind, error.type, error.message], [
    "failed",
    "exception",
    "ZeroDivisionError",
    "division by zero",
  ]);
  assertStringIncludes(error.traceback, "in boom");
});

Deno.test("run --detach prints the task, and status tells what becomes of it", async () => {
  await using local = await startLocalService({ workers: 1, faults: { readOnce: true } });
  await using place = await workspace();
  const env = environment(place.path, local);
  const file = await place.write("work.py", SOURCE);
  const gate = place.file("gate");
  const args = ["run", `${file}:held`, "--endpoint", local.endpointId, "--args", JSON.stringify(gate)];
  args.push("--detach", "--quiet");
  const { code, stdout } = await callCli(args, { env });
  assertEquals(code, 0);
  const taskId = stdout.trim();
  const soon = await callCli(["status", taskId], { env });
  assertEquals([soon.code, soon.stdout], [6, ""]);
  assertMatch(soon.stderr, new RegExp(`^Task ${taskId}: [a-z-]+\n$`));
  const over = await callCli(["status", taskId, "--wait", "--timeout", "1", "--json"], { env });
  assertEquals([over.code, JSON.parse(over.stdout).counts], [6, { pending: 1 }]);
  await Deno.writeTextFile(gate, "");
  const done = await callCli(["status", taskId, "--wait"], { env });
  assertEquals([done.code, done.stdout], [0, "done\n"]);
  // The service has forgotten it by now; this machine has not.
  assertEquals((await callCli(["status", taskId], { env })).stdout, "done\n");
});

Deno.test("run stops waiting after --timeout and after Ctrl-C, and says how to go on", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  const env = environment(place.path, local);
  const file = await place.write("work.py", SOURCE);
  const never = JSON.stringify(place.file("never"));
  const args = ["run", `${file}:held`, "--endpoint", local.endpointId, "--args", never];
  const over = await callCli([...args, "--timeout", "1"], { env });
  assertEquals([over.code, over.stdout], [6, ""]);
  assertMatch(
    over.stderr,
    /The task goes on: 'globus-edge status \S+ --wait' picks it up\nTask \S+ has no outcome/,
  );
  const interruption = new AbortController();
  const interrupted = await callCli([...args, "--json"], {
    env,
    signal: interruption.signal,
    onMessage: (text) => text.startsWith("Task ") && interruption.abort(),
  });
  assertEquals([interrupted.code, interrupted.stdout], [
    130,
    '{"error":{"exitCode":130,"message":"Interrupted"}}\n',
  ]);
  assertMatch(interrupted.stderr, /picks it up\nInterrupted\n$/);
});

Deno.test("run registers a function anew where the service has forgotten it", async () => {
  await using place = await workspace();
  const file = await place.write("work.py", SOURCE);
  const port = freePort();
  for (const life of [1, 2]) {
    await using local = await startLocalService({ workers: 1, port });
    const args = ["run", `${file}:double`, "--endpoint", local.endpointId, "--args", String(life)];
    const { code, stdout, stderr } = await callCli(args, { env: environment(place.path, local) });
    assertEquals([code, stdout], [0, `${2 * life}\n`], stderr);
  }
});

Deno.test("run says in a line what it cannot use, and shows no argument", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  const env = environment(place.path, local);
  const file = await place.write("work.py", SOURCE);
  await place.write("latin.py", "");
  await Deno.writeFile(place.file("latin.py"), Uint8Array.of(0x23, 0xe9, 0x0a));
  const endpoint = ["--endpoint", local.endpointId];
  const cases: [args: string[], code: number, message: RegExp][] = [
    [["run", file, ...endpoint], 2, /^Cannot choose a function: .*'held'; name one, as in work\.py:NAME\n$/],
    [["run", `${file}:a b`, ...endpoint], 2, /no name of a function\n$/],
    [
      ["run", `${place.file("none.py")}:f`, ...endpoint],
      2,
      /^Cannot read '.*none\.py': there is no such file/,
    ],
    [["run", `${place.path}:f`, ...endpoint], 2, /^Cannot read '.*': it is a directory\n$/],
    [["run", `${place.file("latin.py")}:f`, ...endpoint], 2, /^Cannot read '.*': it is no UTF-8 text\n$/],
    [["run", `${file}:double`], 2, /^'--endpoint' is missing; 'globus-edge --help' tells more\n$/],
    [["run", `${file}:double`, "--endpoint", "x"], 2, /^Cannot use '--endpoint': it is no UUID;/],
    [
      ["run", `${file}:double`, ...endpoint, "--args", "top-secret"],
      2,
      /^Cannot use '--args': it is no JSON;/,
    ],
    [
      ["run", `${file}:double`, ...endpoint, "--kwargs", "[1]"],
      2,
      /^Cannot use '--kwargs': it is no JSON object;/,
    ],
    [["run", `${file}:double`, ...endpoint, "--timeout", "0"], 2, /^Cannot use '--timeout': it must be/],
    [["run", `${file}:double`, ...endpoint, "--token=top-secret"], 2, /^Unexpected option .*'--token=…'/],
    [["run", `${file}:double`, "--endpoint", UNKNOWN], 4, /404 ENDPOINT_NOT_FOUND/],
  ];
  for (const [args, code, message] of cases) {
    const told = await callCli(args, { env });
    assertEquals([told.code, told.stdout], [code, ""], told.stderr);
    assertMatch(told.stderr, message);
    assertEquals(told.stderr.trimEnd().split("\n").length, 1, told.stderr);
    const json = await callCli([...args, "--json"], { env });
    assertEquals(JSON.parse(json.stdout).error.exitCode, code);
    assert(!(told.stderr + json.stdout + json.stderr).includes("top-secret"));
  }
});

Deno.test("run without usable credentials ends with 3, and says the way out", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  const env = environment(place.path, local);
  const file = await place.write("work.py", SOURCE);
  const args = ["run", `${file}:double`, "--endpoint", local.endpointId, "--args", "1"];
  const nobody = await callCli(args, { env: { ...env, GLOBUS_COMPUTE_CLIENT_SECRET: "" } });
  assertEquals([nobody.code, nobody.stdout], [3, ""]);
  assertMatch(nobody.stderr, /^Not logged in at http:\S+: run '.* login --client-id CLIENT_ID --issuer \S+'/);
  assertStringIncludes(nobody.stderr, "Or set GLOBUS_COMPUTE_CLIENT_ID and GLOBUS_COMPUTE_CLIENT_SECRET");
  const wrong = await callCli([...args, "--json"], {
    env: { ...env, GLOBUS_COMPUTE_CLIENT_SECRET: "top-secret" },
  });
  const { error } = JSON.parse(wrong.stdout);
  assertEquals([wrong.code, error.code, error.status], [3, "ERR_COMPUTE_AUTHORIZATION", 401]);
  assert(!(wrong.stdout + wrong.stderr).includes("top-secret"));
  const token = { ...env, GLOBUS_COMPUTE_CLIENT_SECRET: "", GLOBUS_COMPUTE_ACCESS_TOKEN: "top-secret" };
  const refused = await callCli(args, { env: token });
  assertEquals(refused.code, 3);
  assert(!refused.stderr.includes("top-secret"));
  const let_in = { ...token, GLOBUS_COMPUTE_ACCESS_TOKEN: local.accessToken };
  assertEquals((await callCli([...args, "-q"], { env: let_in })).stdout, "2\n");
});
