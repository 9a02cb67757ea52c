/** Proves that `splitTasks()` keeps all tasks in order, in parts within the service's limits. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { batchRun } from "../../mod.ts";
import { type EncodedTask, groupByFunction, splitTasks } from "../../src/wire/split_tasks.ts";
import { encodeTaskPayload, type SubmitEnvelope } from "../../src/wire/submit_body.ts";
import { unicodeText } from "../support/unicode_text.ts";
import { ENDPOINT_ID, GROUP_ID, id, setUp } from "../support/task_helpers.ts";

const ENVELOPE: SubmitEnvelope = { create_queue: false, user_endpoint_config: { account: "ä\n" } };

/** The bytes of the body as it is sent. */
function bytesOf(envelope: SubmitEnvelope, tasks: readonly EncodedTask[]): number {
  return new TextEncoder().encode(JSON.stringify({ ...envelope, tasks: groupByFunction(tasks) })).length;
}

/** A comma is counted for each function and for each payload, and the last ones have none. */
function uncertainty(tasks: readonly EncodedTask[]): number {
  return new Set(tasks.map(({ functionId }) => functionId)).size + 1;
}

const FUNCTION_ID = fc.constantFrom(id(1), id(2), id(3), id(4));

/** Payloads as they are made of arguments, and some that are nothing but what JSON escapes. */
const PAYLOAD = fc.oneof(
  fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 3 }).map((args) => encodeTaskPayload(args, undefined)),
  unicodeText({ maxLength: 40 }).map((text) => encodeTaskPayload([text], { text })),
  fc.string({ unit: fc.constantFrom('"', "\\", "\n", "a", "\x7f"), maxLength: 60 }),
);

const TASK: fc.Arbitrary<EncodedTask> = fc.record({ functionId: FUNCTION_ID, payload: PAYLOAD });

const BATCH = fc.record({
  tasks: fc.array(TASK, { minLength: 1, maxLength: 40 }),
  envelope: fc.record({
    create_queue: fc.boolean(),
    user_endpoint_config: fc.dictionary(fc.string(), fc.string({ unit: "grapheme" }), { maxKeys: 3 }),
  }, { requiredKeys: ["create_queue"] }),
  maxTasks: fc.integer({ min: 1, max: 12 }),
  spareBytes: fc.oneof(fc.nat(10), fc.nat(2000)),
});

/** Limits under which each task goes alone, with so many bytes to spare for the largest. */
function limitsFor(envelope: SubmitEnvelope, tasks: readonly EncodedTask[], spareBytes: number) {
  const needed = Math.max(...tasks.map((task) => bytesOf(envelope, [task]) + uncertainty([task])));
  return { maxBytes: needed + spareBytes, envelopeBytes: bytesOf(envelope, []) };
}

Deno.test("splitTasks() keeps all tasks, in their order, in parts that are within the limits", () => {
  fc.assert(
    fc.property(BATCH, ({ tasks, envelope, maxTasks, spareBytes }) => {
      const { maxBytes, envelopeBytes } = limitsFor(envelope, tasks, spareBytes);
      const parts = splitTasks(tasks, { maxBytes, maxTasks }, envelopeBytes);
      assertEquals(parts.flat().length, tasks.length);
      for (const [index, task] of parts.flat().entries()) assertStrictEquals(task, tasks[index]);
      for (const part of parts) {
        assert(part.length >= 1 && part.length <= maxTasks, `${part.length} of ${maxTasks} tasks`);
        const bytes = bytesOf(envelope, part);
        assert(bytes <= maxBytes, `${bytes} of ${maxBytes} bytes`);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("splitTasks() begins a part only where one more task would break a limit", () => {
  fc.assert(
    fc.property(BATCH, ({ tasks, envelope, maxTasks, spareBytes }) => {
      const { maxBytes, envelopeBytes } = limitsFor(envelope, tasks, spareBytes);
      const parts = splitTasks(tasks, { maxBytes, maxTasks }, envelopeBytes);
      for (const [index, part] of parts.entries()) {
        const first = parts[index + 1]?.[0];
        if (first === undefined) continue;
        const longer = [...part, first];
        const bytes = bytesOf(envelope, longer) + uncertainty(longer);
        assert(longer.length > maxTasks || bytes > maxBytes, `${bytes} of ${maxBytes} bytes`);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("splitTasks() refuses a batch just when one of its tasks is too large alone", () => {
  const limited = fc.tuple(fc.array(TASK, { minLength: 1, maxLength: 10 }), fc.nat(400));
  fc.assert(fc.property(limited, ([tasks, spareBytes]) => {
    const envelopeBytes = bytesOf(ENVELOPE, []);
    const maxBytes = envelopeBytes + spareBytes;
    const sizes = tasks.map((task) => bytesOf(ENVELOPE, [task]) + uncertainty([task]));
    const large = sizes.findIndex((size) => size > maxBytes);
    const split = () => splitTasks(tasks, { maxBytes, maxTasks: 100 }, envelopeBytes);
    if (large === -1) assertEquals(split().flat(), tasks);
    else assertThrows(split, RangeError, `'tasks[${large}]'`);
  }));
});

Deno.test("splitTasks() makes no part of no tasks", () => {
  assertEquals(splitTasks([], { maxBytes: 1000, maxTasks: 10 }, 100), []);
});

Deno.test("splitTasks() keeps in one part what fits", () => {
  const tasks = Array.from(
    { length: 10 },
    (_, index) => ({ functionId: id(index % 3), payload: `${index}` }),
  );
  assertEquals(splitTasks(tasks, { maxBytes: 10_000, maxTasks: 10 }, 100), [tasks]);
});

Deno.test("splitTasks() splits by the number of tasks", () => {
  const tasks = Array.from({ length: 7 }, (_, index) => ({ functionId: id(1), payload: `${index}` }));
  const parts = splitTasks(tasks, { maxBytes: 10_000, maxTasks: 3 }, 100);
  assertEquals(parts.map((part) => part.length), [3, 3, 1]);
});

Deno.test("splitTasks() counts a function's id once in each part, and again in the next", () => {
  const task = (functionId: string) => ({ functionId, payload: "x".repeat(100) });
  const parts = (...functionIds: string[]) => {
    const tasks = functionIds.map(task);
    const limits = { maxBytes: bytesOf(ENVELOPE, [task(id(1)), task(id(1))]) + 2, maxTasks: 10 };
    return splitTasks(tasks, limits, bytesOf(ENVELOPE, [])).map((part) => part.length);
  };
  assertEquals(parts(id(1), id(1), id(1), id(1)), [2, 2]);
  assertEquals(parts(id(1), id(2), id(1), id(2)), [1, 1, 1, 1]);
});

Deno.test("splitTasks() leaves its input alone", () => {
  const tasks = Object.freeze(
    Array.from({ length: 5 }, () => Object.freeze({ functionId: id(1), payload: "" })),
  );
  assertEquals(splitTasks(tasks, { maxBytes: 1000, maxTasks: 2 }, 100).flat(), [...tasks]);
});

for (const large of [0, 1, 4]) {
  Deno.test(`splitTasks() names task ${large} of 5 when it is too large, and says by how much`, () => {
    const tasks = Array.from({ length: 5 }, (_, index) => ({
      functionId: id(1),
      payload: "x".repeat(index === large ? 2_500_000 : 10),
    }));
    const limits = { maxBytes: 1_500_000, maxTasks: 2 };
    const error = assertThrows(() => splitTasks(tasks, limits, 100), RangeError, `'tasks[${large}]'`);
    assert(/2\.5 MB.*1\.5 MB/.test(error.message), error.message);
  });
}

Deno.test("a batch with a task that is too large is refused before anything is sent", async () => {
  const { client, fetch } = setUp();
  const functionId = id(7);
  const tasks = [...Array.from({ length: 3 }, () => ({ functionId })), {
    functionId,
    args: ["x".repeat(1e7)],
  }];
  const batch = { endpointId: ENDPOINT_ID, taskGroupId: GROUP_ID, tasks };
  await assertRejects(() => batchRun(client, batch, { maxTasksPerRequest: 1 }), RangeError, "'tasks[3]'");
  assertEquals(fetch.sent.length, 0);
});
