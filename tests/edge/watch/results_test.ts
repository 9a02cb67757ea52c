/** Results come as JSON and as CSV that another reader reads, in pieces. */
import { remove } from "../../../src/store/writes.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { csvLine } from "../../../edge/watch/csv.ts";
import { id, success } from "../../support/task_helpers.ts";
import { BATCH_ID, failure, seedBatch, type SeededTask, setUpWatch, UNREADABLE } from "./watch_helpers.ts";

/** What Python writes where JSON has no word. */
function python(text: string): SeededTask {
  return { status: "success", result: `11\n${text}`, completion_t: "1677183605.5" };
}

async function csvOf(tasks: readonly SeededTask[]): Promise<string> {
  const world = await setUpWatch();
  await seedBatch(world, tasks);
  return await (await world.getByLink("/results.csv")).text();
}

Deno.test("results.json has each task with its result, or with what went wrong", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [
    success({ co2: 421.4 }),
    failure(),
    UNREADABLE,
    undefined,
    python("[NaN, 12345678901234567890]"),
  ]);
  const response = await world.getByLink("/results.json");
  assertEquals(response.headers.get("content-type"), "application/json");
  const { results, ...batch } = await response.json();
  assertEquals(batch, { batchId: BATCH_ID, hook: "simulate", state: "running", taskCount: 5 });
  const completedAt = "2026-01-01T00:01:00.000Z";
  assertEquals(results[0], {
    index: 0,
    taskId: id(1),
    state: "success",
    completedAt,
    result: { co2: 421.4 },
  });
  const { traceback, ...error } = results[1].error;
  assertEquals(error, { type: "ZeroDivisionError", message: "division by zero", kind: "exception" });
  assertStringIncludes(traceback, 'File "<string>", line 2, in divide');
  assertEquals([results[2].state, results[2].raw], ["undecodable", "99\nwho knows"]);
  assertEquals(results[3], { index: 3, taskId: id(4), state: "pending", status: "waiting-for-nodes" });
  assertEquals(results[4].result, [
    { $python: "float", text: "nan" },
    { $python: "int", text: "12345678901234567890" },
  ]);
});

Deno.test("results.json and results.csv of a batch that is not submitted have no result", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [undefined, undefined], { state: "submitting" });
  const { results } = await (await world.getByLink("/results.json")).json();
  assertEquals(results, [{ index: 0, state: "pending" }, { index: 1, state: "pending" }]);
  const csv = await (await world.getByLink("/results.csv")).text();
  assertEquals(csv, "index,taskId,state,value,error\r\n0,,pending,,\r\n1,,pending,,\r\n");
});

Deno.test("a result that the store has no more is lost, and the others are not", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [success(1), success(2)]);
  await remove(world.store, `result/${id(1)}`);
  const { results } = await (await world.getByLink("/results.json")).json();
  assertEquals([results[0].state, results[0].error.message], [
    "notFound",
    "The service no longer knows this task",
  ]);
  assertEquals(results[1].result, 2);
});

Deno.test("results.csv spreads flat results over columns, whatever fields each has", async () => {
  const tasks = [
    success({ year: 1958, mean: 315.2 }),
    failure(),
    success({ mean: null, note: 'a "b", c\nd', ok: true }),
  ];
  assertEquals(
    await csvOf(tasks),
    "index,taskId,state,year,mean,note,ok,error\r\n" +
      `0,${id(1)},success,1958,315.2,,,\r\n` +
      `1,${id(2)},failed,,,,,ZeroDivisionError: division by zero\r\n` +
      `2,${id(3)},success,,,"a ""b"", c\nd",true,\r\n`,
  );
});

Deno.test("results.csv has other results in one column", async () => {
  assertEquals(
    await csvOf([
      success(-1.5),
      python("-Infinity"),
      python("-12345678901234567890"),
      success([1, 2]),
      success({ a: { b: 1 } }),
    ]),
    "index,taskId,state,value,error\r\n" +
      `0,${id(1)},success,-1.5,\r\n` +
      `1,${id(2)},success,-inf,\r\n` +
      `2,${id(3)},success,-12345678901234567890,\r\n` +
      `3,${id(4)},success,"[1,2]",\r\n` +
      `4,${id(5)},success,"{""a"":{""b"":1}}",\r\n`,
  );
  const fields = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`f${index}`, index]));
  assertStringIncludes(await csvOf([success(fields)]), "index,taskId,state,value,error\r\n");
});

Deno.test("results.csv tells fields from its own columns, and has no field of an object's prototype", async () => {
  assertEquals(
    await csvOf([python('{"state": "gas", "__proto__": 1, "=cmd": 2}'), success({ constructor: 3 })]),
    "index,taskId,state,result.state,__proto__,'=cmd,constructor,error\r\n" +
      `0,${id(1)},success,gas,1,2,,\r\n` +
      `1,${id(2)},success,,,,3,\r\n`,
  );
});

Deno.test("csvLine() keeps text from being run as a formula, and leaves numbers alone", () => {
  const cells = [
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\uFF1D1",
    "-1.5e-3",
    "+4",
    "-inf",
    -2,
    -0,
    "",
    null,
  ];
  assertEquals(
    csvLine([...cells, "a,b", "a\nb", undefined, false]),
    `'=1+1,'+1+1,'-2+3,'@SUM(A1),'\t=1,"'\r=1",'\uFF1D1,-1.5e-3,+4,-inf,-2,-0,,,"a,b","a\nb",,false\r\n`,
  );
});

Deno.test("csvLine() writes what another reader of CSV reads", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom('"', ",", "\r", "\n", "=", "a") }),
  );
  fc.assert(fc.property(fc.array(text, { minLength: 2, maxLength: 5 }), (cells) => {
    const [read = []] = parse(csvLine(cells), { bom: false, record_delimiter: "\r\n" });
    const unguarded = read.map((cell, index) => cells[index] === cell ? cell : cell.replace(/^'/, ""));
    assertEquals(unguarded, cells);
    for (const cell of read) assert(!/^[=+@\t]/.test(cell) || /^[+]?\d/.test(cell), cell);
  }));
});

Deno.test("results of 10,000 tasks come in pieces, as fast as they are read", async () => {
  const count = 10_000;
  const world = await setUpWatch();
  await seedBatch(
    world,
    Array.from({ length: count }, (_, index) => success({ index, text: "x".repeat(50) })),
  );
  let reads = 0;
  const { getMany } = world.store;
  world.store.getMany = (keys) => {
    reads += keys.filter((key) => key.startsWith("result/")).length;
    return getMany(keys);
  };
  const response = await world.getByLink("/results.json");
  assertEquals(reads, 0, "nothing is read before somebody reads");
  const reader = response.body?.getReader();
  assert(reader !== undefined);
  await reader.read();
  assert(reads > 0 && reads < 2_000, `${reads} results were read for the first piece`);
  await reader.cancel();
  const readsBefore = reads;

  const whole = await (await world.getByLink("/results.json")).json();
  assertEquals(whole.results.length, count);
  assertEquals(whole.results[9_999].result.index, 9_999);
  assertEquals(reads - readsBefore, count, "each result is read once");
  const lines = (await (await world.getByLink("/results.csv")).text()).split("\r\n");
  assertEquals([lines.length, lines[0]], [count + 2, "index,taskId,state,result.index,text,error"]);
});

Deno.test("large results are read one at a time", async () => {
  const world = await setUpWatch();
  await seedBatch(world, Array.from({ length: 24 }, () => success("y".repeat(1_000_000))));
  let open = 0;
  let most = 0;
  let last = 0;
  const { getMany } = world.store;
  world.store.getMany = (keys) => {
    open += keys.filter((key) => key.startsWith("result/")).length;
    most = Math.max(most, open);
    return getMany(keys);
  };
  const reader = (await world.getByLink("/results.json")).body?.getReader();
  for (;;) {
    const { done } = await reader!.read();
    if (done) break;
    last = open === 0 ? last : open;
    open = 0;
  }
  assert(most <= 12, `${most} results at once`);
  assertEquals(last, 1);
});
