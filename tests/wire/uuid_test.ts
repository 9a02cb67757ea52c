/** Proves that `checkUuid()` takes UUIDs alone, in any case, and quotes little of the rest. */
import { assert, assertStrictEquals, assertThrows } from "@std/assert";
import { checkUuid } from "../../src/wire/uuid.ts";

const ID = "4b116d3c-1703-4f8f-9f6f-39921e5864df";

Deno.test("checkUuid() writes an id in lower case", () => {
  for (const value of [ID, ID.toUpperCase(), "00000000-0000-0000-0000-000000000000"]) {
    assertStrictEquals(checkUuid(value, "taskId"), value.toLowerCase());
  }
});

Deno.test("checkUuid() refuses a string that is no UUID", () => {
  const refused = [
    "",
    "tutorial",
    ID.slice(1),
    `${ID}0`,
    `{${ID}}`,
    `${ID}\n`,
    ` ${ID}`,
    ID.replaceAll("-", ""),
  ];
  refused.push(ID.replace("4", "g"), `urn:uuid:${ID}`);
  for (const value of refused) {
    assertThrows(
      () => checkUuid(value, "tasks[1].functionId"),
      RangeError,
      `Cannot use 'tasks[1].functionId': ${JSON.stringify(value)} is no UUID`,
    );
  }
});

Deno.test("checkUuid() refuses what is no string", () => {
  for (const value of [undefined, null, 1, [ID], { toString: () => ID }]) {
    assertThrows(() => checkUuid(value, "taskId"), TypeError, `it must be a UUID, not ${typeof value}`);
  }
});

Deno.test("checkUuid() quotes no more than the beginning of a long text", () => {
  const { message } = assertThrows(() => checkUuid("x".repeat(10_000), "taskId"), RangeError);
  assert(message.length < 100, message);
});
