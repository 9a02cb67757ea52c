/**
 * Results of 10 MB that were made to cost as much as they can: each is refused before much of it is made, with the raw
 * text kept, or read. How long they take is measured by the benchmark.
 */
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { ComputeDecodeError } from "../../src/errors/decode_error.ts";
import { encodeBase64Lines } from "../../src/wire/base64.ts";
import { loadParts } from "../../src/wire/on_demand.ts";
import { decodePickle } from "../../src/wire/pickle/decode_pickle.ts";
import { PickleError } from "../../src/wire/pickle/pickle_reader.ts";
import { deserializeValue } from "../../src/wire/serialized_value.ts";
import { getResult } from "../../mod.ts";
import { HOSTILE_JSON, HOSTILE_PICKLES } from "../support/hostile_results.ts";
import { id, setUp, success } from "../support/task_helpers.ts";

await loadParts();

for (const { name, make, refusal } of HOSTILE_PICKLES) {
  Deno.test(`a pickle of ${name} is ${refusal === undefined ? "read" : "refused"}`, () => {
    const bytes = make();
    if (refusal === undefined) decodePickle(bytes);
    else assertThrows(() => decodePickle(bytes), PickleError, refusal);
  });
}

for (const { name, make, refusal } of HOSTILE_JSON) {
  Deno.test(`JSON of ${name} is ${refusal === undefined ? "read" : "refused"}`, () => {
    const raw = `11\n${make()}`;
    if (refusal === undefined) deserializeValue(raw);
    else assertStrictEquals(assertThrows(() => deserializeValue(raw), ComputeDecodeError, refusal).raw, raw);
  });
}

Deno.test("getResult() tells of a result that is beyond the limits, and keeps it", async () => {
  const tuples = new Uint8Array(3_500_000).fill(0x29);
  const raw = `00\n${encodeBase64Lines(tuples)}`;
  const { client, fetch } = setUp();
  fetch.queue(`GET /v2/tasks/${id(1)}`, Response.json({ ...success(1), task_id: id(1), result: raw }));
  const error = await assertRejects(
    () => getResult(client, id(1)),
    ComputeDecodeError,
    "its values take more than",
  );
  assertStrictEquals(error.raw, raw);
});

Deno.test("a dict whose keys are numbers far apart, in texts, is read as any other", () => {
  const dict = decodePickle(
    new TextEncoder().encode("}(V999\nI1\nV5\nI2\nVa\nI3\nV12345\nI4\nu."),
  ) as Record<string, number>;
  assertEquals(dict, { "999": 1, "5": 2, a: 3, "12345": 4 });
  const plain = { value: 1, writable: true, enumerable: true, configurable: true };
  assertEquals(Object.getOwnPropertyDescriptor(dict, "999"), plain);
});
