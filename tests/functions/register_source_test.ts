/** Proves what `registerSource()` sends for Python source, and which source and answers it refuses. */
import { assertEquals, assertRejects } from "@std/assert";
import {
  ComputeAuthorizationError,
  ComputeDecodeError,
  ComputeEncodeError,
  ComputeHttpError,
  ComputeNetworkError,
  registerSource,
  type SourceRegistration,
} from "../../mod.ts";
import { json, type ObservedFetch } from "../support/observed_fetch.ts";
import { id, setUp } from "../support/task_helpers.ts";

const REGISTER = "POST /v3/functions";
const DOUBLE = "def double(x):\n    return 2 * x\n";

/** Registers, and gives the body that was sent. */
async function bodyOf(registration: SourceRegistration): Promise<Record<string, unknown>> {
  const { client, fetch, clock } = setUp();
  fetch.queue(REGISTER, json({ function_uuid: id(7) }));
  assertEquals(await registerSource(client, registration), id(7));
  assertEquals(clock.sleeping, 0);
  fetch.assertExhausted();
  return sentBody(fetch);
}

function sentBody(fetch: ObservedFetch): Record<string, unknown> {
  return fetch.bodies(REGISTER)[0] as Record<string, unknown>;
}

Deno.test("registerSource() posts the source under the name of its function", async () => {
  assertEquals(await bodyOf({ source: DOUBLE }), {
    function_name: "double",
    function_code: `42\nst\ndouble:${DOUBLE}`,
    serialized: true,
    meta: { python_version: "3.10.0", sdk_version: "4.19.0", serde_identifier: "st" },
  });
});

Deno.test("registerSource() counts code points for the length", async () => {
  const source = 'def f():\n    return "ä😀"\n';
  const { function_code } = await bodyOf({ source });
  assertEquals(function_code, `${[...`st\nf:${source}`].length}\nst\nf:${source}`);
});

Deno.test("registerSource() finds the docstring for a description", async () => {
  const source = 'import math\n\ndef area(r):\n    """The area.\n\n    Of a circle.\n    """\n    return r\n';
  const body = await bodyOf({ source });
  assertEquals([body.function_name, body.description], ["area", "The area.\n\nOf a circle."]);
});

Deno.test("registerSource() takes a description over the docstring", async () => {
  const source = 'def f():\n    """Found."""\n';
  assertEquals((await bodyOf({ source, description: "Given" })).description, "Given");
  assertEquals("description" in await bodyOf({ source, description: "" }), false);
});

Deno.test("registerSource() sees functions at the top level alone", async () => {
  const source = "# def a(): pass\nTEXT = '''\ndef b(): pass\n'''\nclass C:\n    def c(self): pass\n" +
    "def f():\n    def d(): pass\n    return d\n";
  assertEquals((await bodyOf({ source })).function_name, "f");
});

Deno.test("registerSource() takes the function that is named", async () => {
  const source = 'def a():\n    """A."""\n\ndef b():\n    """B."""\n';
  for (const [name, description] of [["a", "A."], ["b", "B."]] as const) {
    const body = await bodyOf({ source, name });
    assertEquals([body.function_name, body.description], [name, description]);
    assertEquals((body.function_code as string).includes(`st\n${name}:${source}`), true);
  }
});

Deno.test("registerSource() takes a name that no 'def' makes", async () => {
  const body = await bodyOf({ source: "f = lambda x: x\n", name: "f" });
  assertEquals([body.function_name, "description" in body], ["f", false]);
});

for (
  const [name, registration, type, text] of [
    ["source without a function", { source: "x = 1\n" }, TypeError, "no 'def' at its top level; pass 'name'"],
    ["empty source", { source: "" }, TypeError, "no 'def' at its top level"],
    [
      "source of several functions",
      { source: "def a(): pass\ndef b(): pass\n" },
      TypeError,
      "defines 'a', 'b'",
    ],
    ["source that is no string", { source: 7 }, TypeError, "'source'"],
    ["no source", {}, TypeError, "'source'"],
    ["a name that is no identifier", { source: DOUBLE, name: "a b" }, RangeError, "'a b'"],
    ["an empty name", { source: DOUBLE, name: "" }, RangeError, "''"],
    ["half of a surrogate pair", { source: 'def f(): return "\ud800"' }, ComputeEncodeError, "'source'"],
  ] as const
) {
  Deno.test(`registerSource() refuses ${name}, and sends nothing`, async () => {
    const { client, fetch } = setUp();
    await assertRejects(
      () => registerSource(client, registration as SourceRegistration),
      type as typeof TypeError,
      text,
    );
    assertEquals(fetch.sent.length, 0);
  });
}

for (const body of [{}, [], null, "id", { function_uuid: 7 }, { function_uuid: null }]) {
  Deno.test(`registerSource() refuses ${JSON.stringify(body)} for an answer`, async () => {
    const { client, fetch } = setUp();
    fetch.queue(REGISTER, json(body));
    const call = () => registerSource(client, { source: DOUBLE });
    const error = await assertRejects(call, ComputeDecodeError, "'function_uuid'");
    assertEquals(JSON.parse(error.raw), body);
  });
}

Deno.test("registerSource() throws what the service answers, and sends nothing again", async () => {
  for (
    const [answer, type] of [
      [json({ code: "FUNCTION_TOO_LARGE" }, { status: 413 }), ComputeHttpError],
      [new Response(null, { status: 403 }), ComputeAuthorizationError],
      [new Response(null, { status: 503 }), ComputeHttpError],
      [new TypeError("fetch failed"), ComputeNetworkError],
    ] as const
  ) {
    const { client, fetch } = setUp();
    fetch.queue(REGISTER, answer);
    await assertRejects(() => registerSource(client, { source: DOUBLE }), type as typeof ComputeHttpError);
    assertEquals(fetch.sent.length, 1);
  }
});
