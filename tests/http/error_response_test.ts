/** Proves what an error says of each answer with an error's status, whole or broken. */
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import fc from "fast-check";
import { ComputeAuthorizationError, ComputeError, ComputeHttpError, getTask } from "../../mod.ts";
import { json } from "../support/observed_fetch.ts";
import { id, setUp } from "../support/task_helpers.ts";

const PATH = `/v2/tasks/${id(1)}`;

/** The error of a call that the service answers so. */
async function errorOf(response: Response): Promise<ComputeHttpError | ComputeAuthorizationError> {
  const { client, fetch, clock } = setUp();
  fetch.queue(`GET ${PATH}`, response);
  const error = await assertRejects(() => getTask(client, id(1)), ComputeError);
  fetch.assertExhausted();
  assertEquals(clock.sleeping, 0);
  assert(error instanceof ComputeHttpError || error instanceof ComputeAuthorizationError);
  return error;
}

function parts({ serviceCode, detail, message }: ComputeHttpError | ComputeAuthorizationError): unknown {
  return { serviceCode, detail, message };
}

Deno.test("an error document of the service gives its code and detail", async () => {
  const document = {
    status: "Failed",
    code: "SEMANTICALLY_INVALID",
    error_args: [],
    http_status_code: 422,
    detail: "Request payload failed validation: no such key",
    reason: "deprecated",
  };
  assertEquals(parts(await errorOf(json(document, { status: 422 }))), {
    serviceCode: "SEMANTICALLY_INVALID",
    detail: "Request payload failed validation: no such key",
    message: `GET ${PATH} failed: 422 SEMANTICALLY_INVALID: Request payload failed validation: no such key`,
  });
});

Deno.test("a validation error of a v3 route gives a code and what is wrong in each place", async () => {
  const detail = [
    { loc: ["body", "tasks", 0], msg: "field required", type: "missing" },
    { loc: [], msg: "too short", type: "length" },
    { loc: ["query"], type: "odd" },
  ];
  const document = { status: "Failed", code: "VALIDATION", http_status_code: 422, detail, reason: detail };
  const error = await errorOf(json(document, { status: 422 }));
  assertEquals(error.serviceCode, "VALIDATION");
  assertEquals(error.detail, "body.tasks.0: field required; too short; query: invalid");
});

Deno.test("a validation error of a v2 route gives what is wrong alone", async () => {
  const detail = [{ loc: ["path", "task_uuid"], msg: "not a UUID", type: "uuid" }];
  assertEquals(parts(await errorOf(json({ detail }, { status: 422 }))), {
    serviceCode: undefined,
    detail: "path.task_uuid: not a UUID",
    message: `GET ${PATH} failed: 422: path.task_uuid: not a UUID`,
  });
});

for (
  const [name, body] of [
    ["an empty body", null],
    ["a page of a proxy", "<html><body><h1>502 Bad Gateway</h1></body></html>"],
    ["truncated JSON", '{"code": "INTERNAL_ERR'],
    ["a JSON string", '"broken"'],
    ["JSON null", "null"],
    ["a JSON list", '[{"code": "X"}]'],
    ["fields of other types", '{"code": 18, "detail": {"a": 1}, "reason": null, "message": 7}'],
    ["an empty list of details", '{"detail": []}'],
  ] as const
) {
  Deno.test(`an error with ${name} has the status alone`, async () => {
    assertEquals(parts(await errorOf(new Response(body, { status: 502 }))), {
      serviceCode: undefined,
      detail: undefined,
      message: `GET ${PATH} failed: 502`,
    });
  });
}

Deno.test("an error has no property for what the service did not say", async () => {
  const error = await errorOf(new Response(null, { status: 500 }));
  assertEquals(Object.keys(error).sort(), ["code", "name", "retryable", "status"]);
});

Deno.test("an error with invalid UTF-8 keeps what can be read", async () => {
  const bytes = new TextEncoder().encode('{"code":"X","detail":"a?b"}').map((byte) =>
    byte === 63 ? 0xff : byte
  );
  assertEquals((await errorOf(new Response(bytes, { status: 500 }))).detail, "a\ufffdb");
});

Deno.test("an error's detail is cut to a line", async () => {
  const error = await errorOf(json({ detail: `first\n\tsecond ${"x".repeat(10_000)}` }, { status: 500 }));
  assert(error.detail?.startsWith("first second xxx"));
  assertEquals(error.detail?.length, 501);
  assert(error.message.length < 600);
});

Deno.test("an error whose body never ends is read up to a bound, and let go", async () => {
  let sent = 0;
  let isCancelled = false;
  const body = new ReadableStream({
    pull: (controller) =>
      controller.enqueue(new Uint8Array(sent += 1024).fill(32, 0, 1024).subarray(0, 1024)),
    cancel: () => void (isCancelled = true),
  });
  const error = await errorOf(new Response(body, { status: 503 }));
  assertEquals(error.message, `GET ${PATH} failed: 503`);
  assertEquals(isCancelled, true);
  assert(sent <= 70 * 1024, `${sent} bytes were read`);
});

Deno.test("an error whose body breaks off still has its status", async () => {
  const body = new ReadableStream({
    pull: (controller) => controller.error(new Error("connection reset")),
  });
  assertEquals((await errorOf(new Response(body, { status: 403 }))).status, 403);
});

Deno.test("an error of any body is an error of its status", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.json(), fc.string()),
      fc.integer({ min: 405, max: 599 }),
      async (body, status) => {
        const error = await errorOf(new Response(body, { status }));
        assertEquals(error.status, status);
        assert(error.message.length < 3000);
      },
    ),
    { numRuns: 50 },
  );
});

for (const status of [401, 403]) {
  Deno.test(`status ${status} is a ComputeAuthorizationError, which is not worth a retry`, async () => {
    const { client, fetch } = setUp();
    fetch.queue(`GET ${PATH}`, json({ code: "NO", detail: "not you" }, { status }));
    const error = await assertRejects(() => getTask(client, id(1)), ComputeAuthorizationError);
    const { name, code, retryable, serviceCode, detail } = error;
    assertEquals({ name, code, retryable, status: error.status, serviceCode, detail }, {
      name: "ComputeAuthorizationError",
      code: "ERR_COMPUTE_AUTHORIZATION",
      retryable: false,
      status,
      serviceCode: "NO",
      detail: "not you",
    });
  });
}

Deno.test("every other status is a ComputeHttpError that says whether a retry may help", async () => {
  const retryable = new Set([408, 429, 500, 502, 503, 504]);
  for (
    const status of [302, 304, 400, 402, 405, 408, 409, 413, 418, 422, 423, 429, 500, 501, 502, 503, 504]
  ) {
    const error = await errorOf(new Response(null, { status }));
    assertInstanceOf(error, ComputeHttpError);
    assertEquals([error.status, error.retryable], [status, retryable.has(status)]);
    assertEquals([error.name, error.code], ["ComputeHttpError", "ERR_COMPUTE_HTTP"]);
  }
});

for (
  const [headers, expected] of [
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "Sun, 06 Nov 1994 08:49:37 GMT", date: "Sun, 06 Nov 1994 08:49:07 GMT" }, 30_000],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:09 GMT" }, 9000], // The client's clock says midnight.
    [{ "retry-after": "soon" }, undefined],
    [{}, undefined],
  ] as const
) {
  Deno.test(`an error with ${JSON.stringify(headers)} asks to wait ${expected} ms`, async () => {
    const error = await errorOf(new Response(null, { status: 503, headers }));
    assertInstanceOf(error, ComputeHttpError);
    assertEquals(error.retryAfterMs, expected);
  });
}

for (const header of ["x-request-id", "x-amzn-trace-id"]) {
  Deno.test(`an error has the request id of ${header}`, async () => {
    for (const status of [403, 500]) {
      assertEquals(
        (await errorOf(new Response(null, { status, headers: { [header]: "R-1" } }))).requestId,
        "R-1",
      );
    }
  });
}
