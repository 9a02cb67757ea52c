/** createLocalService() runs tasks by JavaScript functions, and tells what was asked and run. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import {
  accessToken,
  batchRun,
  callFunction,
  type Client,
  ComputeTaskError,
  createClient,
  registerSource,
  waitForBatch,
} from "../../mod.ts";
import {
  createLocalService,
  type InProcessService,
  type InProcessServiceOptions,
  type PythonValue,
  startLocalService,
} from "../../src/local/mod.ts";
import {
  createManualClock,
  ENDPOINT,
  finished,
  HELLO,
  json,
  NO_ARGUMENTS,
  register,
  sender,
  submit,
} from "./service_helpers.ts";

function clientOf({ baseUrl, fetch, accessToken: token }: InProcessService): Client {
  return createClient({ baseUrl, fetch, authorizer: accessToken(token) });
}

type Functions = NonNullable<InProcessServiceOptions["functions"]>;

/** What a call of one JavaScript function comes to. */
async function callOne(
  fn: Functions[string],
  task: { args?: unknown[]; kwargs?: Record<string, unknown> } = {},
): Promise<PythonValue> {
  await using local = createLocalService({ functions: { f: fn } });
  const client = clientOf(local);
  const functionId = await registerSource(client, { source: "def f(*args, **kwargs): ..." });
  return await callFunction(client, { endpointId: local.endpointId, functionId, ...task });
}

Deno.test("createLocalService() answers tasks by JavaScript functions", async (t) => {
  const cases: [
    name: string,
    fn: Functions[string],
    task: Parameters<typeof callOne>[1],
    result: PythonValue,
  ][] = [
    ["positional arguments", (x: number, y: number) => x - y, { args: [5, 3] }, 2],
    ["keyword arguments behind them", (x: number, { by }: { by: number }) => x * by, {
      args: [2],
      kwargs: { by: 4 },
    }, 8],
    ["keyword arguments alone", ({ by }: { by: number }) => by, { kwargs: { by: 4 } }, 4],
    ["no arguments", (...all: PythonValue[]) => all.length, {}, 0],
    ["a promise", (x: number) => Promise.resolve(x + 1), { args: [1] }, 2],
    ["nothing", () => {}, {}, null],
    ["what JSON in JavaScript cannot say", (x: number, y: bigint) => [x, y * y, -0], {
      args: [NaN, 2n ** 60n],
    }, [
      NaN,
      2n ** 120n,
      -0,
    ]],
    ["text beyond ASCII", (x: string) => `${x} 🦔\ud83d`, { args: ["naïve"] }, "naïve 🦔\ud83d"],
  ];
  for (const [name, fn, task, result] of cases) {
    await t.step(name, async () => assertEquals<unknown>(await callOne(fn, task), result));
  }
});

Deno.test("createLocalService() lets what a function throws be Python's exception", async (t) => {
  class ValueError extends Error {
    override name = "ValueError";
  }
  const cases: [name: string, fn: Functions[string], type: string, message: RegExp][] = [
    [
      "an error",
      () => {
        throw new RangeError("too far");
      },
      "RangeError",
      /^too far$/,
    ],
    [
      "a rejection of a class of its own",
      () => Promise.reject(new ValueError("no such sample")),
      "ValueError",
      /^no such/,
    ],
    ["an error without a message", () => Promise.reject(new ValueError()), "ValueError", /^$/],
    ["what is no error", () => Promise.reject("text"), "Error", /^text$/],
    ["a result that Python has not", () => new WeakMap(), "ComputeEncodeError", /'result'.*it is a WeakMap/],
    [
      "a result that is too large",
      () => "x".repeat(11_000_000),
      "MaxResultSizeExceeded",
      /^11000005, 10485760$/,
    ],
  ];
  for (const [name, fn, type, message] of cases) {
    await t.step(name, async () => {
      const error = await assertRejects(() => callOne(fn), ComputeTaskError);
      assertEquals(error.type, type);
      assertMatch(error.pythonMessage, message);
    });
  }
});

Deno.test("a failure of a JavaScript function has the text of a traceback", async () => {
  await using local = createLocalService({
    functions: { f: () => Promise.reject(new TypeError("wrong\nlines")) },
  });
  const send = sender(local);
  const { taskId } = await submit(send, await register(send, "f"));
  const { exception, status, details } = await finished(send, taskId);
  assertEquals(
    exception,
    'Traceback (most recent call last):\n  File "<javascript>", line 1, in f\nTypeError: wrong\nlines\n',
  );
  assertEquals([status, (details as { os: string }).os], ["failed", "JavaScript"]);
});

Deno.test("createLocalService() finds functions by name or id, and says which it does not have", async () => {
  await using local = createLocalService({ functions: { [HELLO]: () => "by id", other: () => "by name" } });
  const send = sender(local);
  assertEquals((await finished(send, (await submit(send, HELLO)).taskId)).result, '11\n"by id"');
  const byName = await submit(send, await register(send, "other"));
  assertEquals((await finished(send, byName.taskId)).result, '11\n"by name"');
  for (const name of ["missing", "toString", "constructor"]) {
    const { exception } = await finished(send, (await submit(send, await register(send, name))).taskId);
    assertStringIncludes(
      exception as string,
      `\nNameError: name '${name}' is not defined: give it in the option 'functions'\n`,
    );
  }
  await using plain = createLocalService();
  const { taskId } = await submit(sender(plain), HELLO);
  assertEquals((await finished(sender(plain), taskId)).result, '11\n"Hello World!"');
});

Deno.test("arguments that JSON does not carry fail the task alone", async () => {
  await using local = createLocalService({ functions: { f: () => 1 } });
  const send = sender(local);
  const functionId = await register(send, "f");
  for (const payload of ["9\n00\ngASVA.5\n11\n{}", "5\n11\n{}5\n11\n{}", "no payload", ""]) {
    const { status, exception } = await finished(send, (await submit(send, functionId, [payload])).taskId);
    assertEquals(status, "failed");
    assert((exception as string).startsWith("Traceback (most recent call last):\n"), payload);
  }
});

Deno.test("startLocalService() runs in Python what JavaScript functions do not answer", async () => {
  await using local = await startLocalService({
    workers: 1,
    functions: { double: (x: number) => `js ${2 * x}` },
  });
  const client = clientOf(local);
  const source = "def double(x): return 2 * x\ndef triple(x): return 3 * x\n";
  const [double, triple] = [
    await registerSource(client, { source, name: "double" }),
    await registerSource(client, { source, name: "triple" }),
  ];
  const tasks = [{ functionId: double, args: [1] }, { functionId: triple, args: [1] }];
  const outcomes = await waitForBatch(
    client,
    await batchRun(client, { endpointId: local.endpointId, tasks }),
  );
  assertEquals(outcomes.map((outcome) => outcome.state === "success" && outcome.result), ["js 2", 3]);
  assertEquals(local.runs.map(({ functionName }) => functionName).sort(), ["double", "triple"]);
});

Deno.test("requests and runs tell what has happened", async () => {
  const clock = createManualClock(1000);
  await using local = createLocalService({ clock, functions: { f: () => 1 } });
  const send = sender(local);
  const functionId = await register(send, "f");
  clock.advance(5);
  const { taskIds } = await submit(send, functionId, [NO_ARGUMENTS, "6\n11\n[1]5\n11\n{}"]);
  for (const taskId of taskIds) await finished(send, taskId);
  await send("GET", "/v2/version?service=none");
  await send("HEAD", "/v2/version");
  assertEquals(local.requests.slice(0, 2), [
    { method: "POST", path: "/v3/functions", atMs: 1000, status: 200 },
    { method: "POST", path: `/v3/endpoints/${ENDPOINT}/submit`, atMs: 1005, status: 200 },
  ]);
  assertEquals(local.requests.slice(-2), [
    { method: "GET", path: "/v2/version", atMs: 1005, status: 422 },
    { method: "HEAD", path: "/v2/version", atMs: 1005, status: 200 },
  ]);
  assertEquals(
    [...local.runs],
    [NO_ARGUMENTS, "6\n11\n[1]5\n11\n{}"].map((payload, i) => {
      return { taskId: taskIds[i] as string, functionId, functionName: "f", payload, atMs: 1005 };
    }),
  );
});

Deno.test("maxRecords keeps the newest requests and runs", async () => {
  await using local = createLocalService({ maxRecords: 3 });
  const send = sender(local);
  for (const path of ["/v2/a", "/v2/b", "/v2/c", "/v2/d"]) await send("GET", path);
  assertEquals(local.requests.map(({ path }) => path), ["/v2/b", "/v2/c", "/v2/d"]);
  await using none = createLocalService({ maxRecords: 0 });
  await sender(none)("GET", "/v2/version");
  assertEquals(none.requests.length, 0);
});

Deno.test("maxRequestsPer10s answers 429 beyond it, in any 10 seconds", async () => {
  const clock = createManualClock();
  await using local = createLocalService({ clock, maxRequestsPer10s: 20 });
  const send = sender(local);
  const statuses = async (count: number) => {
    const seen = [];
    for (let i = 0; i < count; i++) seen.push((await send("GET", "/v2/authenticate")).status);
    return seen;
  };
  assertEquals(await statuses(10), Array(10).fill(200));
  clock.advance(4_000);
  assertEquals(await statuses(11), [...Array(10).fill(200), 429]);
  const refused = await send("GET", "/v2/authenticate");
  assertEquals([refused.status, refused.headers.get("retry-after")], [429, "6"]);
  clock.advance(5_999);
  assertEquals((await send("GET", "/v2/authenticate")).headers.get("retry-after"), "1");
  clock.advance(1);
  assertEquals(await statuses(11), [...Array(10).fill(200), 429]);
  clock.advance(4_000);
  assertEquals(await statuses(1), [200]);
  // Neither a wrong token nor the question for the version counts.
  const wrong = await send("GET", "/v2/authenticate", undefined, { authorization: "Bearer wrong" });
  assertEquals([wrong.status, (await send("GET", "/v2/version")).status], [401, 200]);
});

Deno.test("all times are those of the clock", async () => {
  const clock = createManualClock(Date.UTC(2030, 0, 1));
  await using local = createLocalService({ clock });
  const send = sender(local);
  const { taskId, taskGroupId } = await submit(send, HELLO);
  const { completion_t, details } = await finished(send, taskId);
  const seconds = Date.UTC(2030, 0, 1) / 1000;
  assertEquals(completion_t, `${seconds}.000000`);
  const { task_transitions } = details as { task_transitions: object };
  assertEquals(task_transitions, { "execution-start": seconds, "execution-end": seconds });
  const { tasks } = await json(send("GET", `/v2/taskgroup/${taskGroupId}`));
  assertEquals(tasks, [{ id: taskId, created_at: "2030-01-01T00:00:00.000Z" }]);
});

Deno.test("fetch takes what the platform's takes, and is free of its service", async () => {
  await using local = createLocalService();
  const { fetch, baseUrl } = local;
  const headers = { authorization: `Bearer ${local.accessToken}` };
  const url = `${baseUrl}/v2/authenticate`;
  for (const input of [url, new URL(url), new Request(url, { headers })]) {
    const response = await fetch(input, input instanceof Request ? undefined : { headers });
    assertEquals([response.status, await response.json()], [200, "OK"]);
  }
  const elsewhere = await fetch("https://compute.api.globus.org/v2/version");
  assertEquals(elsewhere.status, 403);
  assertStringIncludes(await elsewhere.text(), "the Host 'compute.api.globus.org' is not localhost");
  const reason = new Error("not at all");
  const count = local.requests.length;
  assertEquals(await assertRejects(() => fetch(url, { signal: AbortSignal.abort(reason) })), reason);
  assertEquals(local.requests.length, count);
});
