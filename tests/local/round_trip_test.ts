/** Values go to real Python and back unchanged, and batches keep their order. */
import { assertEquals } from "@std/assert";
import {
  accessToken,
  batchRun,
  callFunction,
  createClient,
  rateLimiter,
  registerSource,
  systemClock,
  waitForBatch,
} from "../../mod.ts";
import { startLocalService } from "../../src/local/mod.ts";

/** Gives back what it gets, and says how Python saw it. The emoji stand in the source on purpose. */
const ECHO = `def echo(*args, **kwargs):
    """Returns what it was given. 🦔"""
    marks = {"😀": "𝒳𝓎", "é": "日本"}
    return {"args": list(args), "kwargs": kwargs, "marks": marks, "kinds": [type(a).__name__ for a in args]}
`;

function nested(depth: number): unknown {
  let value: unknown = "innermost 🪆";
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { "🔑": value };
  return value;
}

Deno.test("callFunction() brings values to real Python and back unchanged", async (t) => {
  await using local = await startLocalService({ workers: 1 });
  const client = createClient({
    baseUrl: local.baseUrl,
    authorizer: accessToken(local.accessToken),
    // A call after the other would soon wait for the service's rate, which this one does not ask for.
    limiter: rateLimiter({ requests: 1000, clock: systemClock }),
  });
  const functionId = await registerSource(client, { source: ECHO });
  const cases: [name: string, value: unknown, kind: string][] = [
    ["an emoji", "😀", "str"],
    ["astral characters among others", 'a😀é𝒳\u{10ffff}\u0000\u007f\u2028"\\\n', "str"],
    ["half of a surrogate pair", "\ud83d", "str"],
    ["NaN", NaN, "float"],
    ["Infinity", Infinity, "float"],
    ["-Infinity", -Infinity, "float"],
    ["-0", -0, "float"],
    ["2**70", 2n ** 70n, "int"],
    ["-(2**70)", -(2n ** 70n), "int"],
    ["2**53 - 1", Number.MAX_SAFE_INTEGER, "int"],
    ["the smallest float", 5e-324, "float"],
    ["a float of 17 digits", 0.12345678901234568, "float"],
    ["True", true, "bool"],
    ["None", null, "NoneType"],
    ["deep nesting", nested(200), "list"],
    ["keys that look like something else", JSON.parse('{"__proto__": 1, "": 2, "7": 3}'), "dict"],
    ["a mixture", { list: [1, [2, [NaN, -0]], { deep: 2n ** 64n }], text: "naïve 🧪" }, "dict"],
  ];
  for (const [name, value, kind] of cases) {
    await t.step(name, async () => {
      const task = { endpointId: local.endpointId, functionId, args: [value], kwargs: { again: value } };
      const expected = {
        args: [value],
        kwargs: { again: value },
        marks: { "😀": "𝒳𝓎", "é": "日本" },
        kinds: [name === "deep nesting" ? "dict" : kind],
      };
      assertEquals<unknown>(await callFunction(client, task), expected);
    });
  }
  await t.step("no arguments at all", async () => {
    const outcome = await callFunction(client, { endpointId: local.endpointId, functionId });
    assertEquals<unknown>(outcome, {
      args: [],
      kwargs: {},
      marks: { "😀": "𝒳𝓎", "é": "日本" },
      kinds: [],
    });
  });
});

Deno.test("waitForBatch() gives results in the order of tasks of several functions", async () => {
  await using local = await startLocalService({ workers: 2 });
  const client = createClient({ baseUrl: local.baseUrl, authorizer: accessToken(local.accessToken) });
  const [double, negate] = await Promise.all([
    registerSource(client, { source: "def double(x):\n    return 2 * x\n" }),
    registerSource(client, { source: "def negate(x):\n    return -x\n" }),
  ]);
  const tasks = Array.from(
    { length: 60 },
    (_, i) => ({ functionId: i % 3 === 0 ? negate : double, args: [i] }),
  );
  const receipt = await batchRun(client, { endpointId: local.endpointId, tasks });
  const outcomes = await waitForBatch(client, receipt, { timeoutMs: 30_000 });
  assertEquals(outcomes.map(({ taskId }) => taskId), receipt.taskIds);
  assertEquals(
    outcomes.map((outcome) => outcome.state === "success" ? outcome.result : outcome.state),
    tasks.map((_, i) => i % 3 === 0 ? 0 - i : 2 * i),
  );
});

Deno.test("waitForBatch() finds a batch again by its task group, from another client", async () => {
  await using local = await startLocalService({ workers: 1 });
  const first = createClient({ baseUrl: local.baseUrl, authorizer: accessToken(local.accessToken) });
  const functionId = await registerSource(first, { source: "def square(x):\n    return x * x\n" });
  const tasks = [1, 2, 3].map((x) => ({ functionId, args: [x] }));
  const { taskGroupId } = await batchRun(first, { endpointId: local.endpointId, tasks });

  const second = createClient({ baseUrl: local.baseUrl, authorizer: accessToken(local.accessToken) });
  const outcomes = await waitForBatch(second, { taskGroupId }, { timeoutMs: 30_000 });
  assertEquals(outcomes.map((outcome) => outcome.state === "success" ? outcome.result : outcome), [1, 4, 9]);
});
