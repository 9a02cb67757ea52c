/** Values that need a pickle, and the source of functions, go to real Python and back. */
import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import {
  accessToken,
  type ArgumentSerializer,
  batchRun,
  callFunction,
  type ClientOptions,
  ComputeDecodeError,
  createClient,
  getFunction,
  pythonTypeOf,
  rateLimiter,
  registerSource,
  systemClock,
  tuple,
  waitForBatch,
} from "../../mod.ts";
import { PythonObject, PythonScalar } from "../../src/wire/values/mod.ts";
import { createLocalService, type InProcessService, startLocalService } from "../../src/local/mod.ts";

const ECHO = `def echo(value):
    return [value, type(value).__name__]
`;

function connect(local: InProcessService, options: Partial<ClientOptions> = {}) {
  const authorizer = accessToken(local.accessToken);
  const { baseUrl, fetch } = local;
  return createClient({
    baseUrl,
    fetch,
    authorizer,
    limiter: rateLimiter({ requests: 1000, clock: systemClock }),
    ...options,
  });
}

Deno.test("what JSON cannot carry goes to real Python and back by itself", async (t) => {
  await using local = await startLocalService({ workers: 1 });
  const client = connect(local);
  const { endpointId } = local;
  const functionId = await registerSource(client, { source: ECHO });
  const when = new Date(Date.UTC(2026, 0, 31, 12));
  const cases: [value: unknown, type: string, back?: unknown][] = [
    [Uint8Array.of(0, 255), "bytes"],
    [tuple(1, [2]), "tuple"],
    [new Map([[1, "a"]]), "dict"],
    [new Set([1, "a"]), "set"],
    [when, "datetime", new PythonScalar("datetime.datetime", "2026-01-31T12:00:00+00:00")],
    [new PythonScalar("decimal.Decimal", "1.50"), "Decimal"],
    [new PythonObject({ module: "builtins", name: "KeyError", args: tuple("k") }), "KeyError"],
  ];
  for (const [value, type, back = value] of cases) {
    await t.step(type, async () => {
      // Asked for as JSON, a tuple would come back as a list.
      const resultSerializers = ["pickle"];
      const [result, name] = await callFunction(client, {
        endpointId,
        functionId,
        args: [value],
        resultSerializers,
      }) as [
        unknown,
        string,
      ];
      assertEquals([result, name], [back, type]);
      assertStrictEquals(pythonTypeOf(result), pythonTypeOf(back));
    });
  }
  await t.step("as the caller chooses", async () => {
    const choices: [ArgumentSerializer | undefined, string][] = [
      [undefined, "tuple"],
      ["json", "list"],
      ["pickle", "tuple"],
      ["all", "list"], // Python takes the first form that it can read.
    ];
    for (const [argumentSerializer, type] of choices) {
      const options = argumentSerializer === undefined ? {} : { argumentSerializer };
      const call = { endpointId, functionId, args: [tuple(1)], ...options };
      assertEquals(await callFunction(client, call), [[1], type]);
    }
    const pickled = { endpointId, functionId, args: [[1]], resultSerializers: ["pickle"] };
    assertEquals(await callFunction(client, pickled), [[1], "list"]);
    await assertRejects(
      () => batchRun(client, { endpointId, tasks: [{ functionId }], argumentSerializer: "dill" as "json" }),
      RangeError,
      "Unknown argument serializer 'dill'",
    );
  });
});

Deno.test("a pickle beyond the client's limits is undecodable, and keeps its raw string", async () => {
  await using local = createLocalService({ functions: { large: () => new Uint8Array(1000) } });
  const client = connect(local, { pickleLimits: { maxBytes: 500 } });
  const functionId = await registerSource(client, { source: "def large(): pass" });
  const receipt = await batchRun(client, { endpointId: local.endpointId, tasks: [{ functionId }] });
  const [outcome] = await waitForBatch(client, receipt);
  if (outcome?.state !== "undecodable") throw new Error(outcome?.state);
  assertInstanceOf(outcome.error, ComputeDecodeError);
  assertStrictEquals(outcome.raw.slice(0, 3), "00\n");
  assertStrictEquals(outcome.error.raw, outcome.raw);
});

Deno.test("the source of a function can be read again, and be sent in AllCodeStrategies", async () => {
  await using local = await startLocalService({ workers: 1 });
  const client = connect(local);
  const source = "def double(x):\n    return 2 * x  # :é😀\n";
  for (const [codeSerializer, strategy] of [["source", "st"], ["all", "12"]] as const) {
    const functionId = await registerSource(client, { source, codeSerializer });
    const stored = await getFunction(client, functionId);
    assertStrictEquals(stored.code.split("\n")[1], strategy);
    assertEquals(stored.source, { name: "double", source });
    assertEquals(await callFunction(client, { endpointId: local.endpointId, functionId, args: [4] }), 8);
  }
  await assertRejects(
    () => registerSource(client, { source, codeSerializer: "dill" as "all" }),
    RangeError,
    "Unknown code serializer 'dill': use 'source' or 'all'",
  );
});
