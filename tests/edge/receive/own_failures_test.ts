/** A failure of the handler itself, or of what it was given, is told as such, and never as a refusal of the service. */
import { assertEquals, assertThrows } from "@std/assert";
import { createEdgeHandler } from "../../../edge/mod.ts";
import { setUpEdge, told } from "../edge_helpers.ts";

/** A handler whose credentials cannot be had while `fault.error` is set. */
async function setUpFault(error: Error) {
  const fault: { error: Error | undefined } = { error };
  const edge = await setUpEdge({
    hook: {
      authorizerFor() {
        if (fault.error !== undefined) throw fault.error;
        return (request) => {
          request.headers.set("authorization", `Bearer ${edge.local.accessToken}`);
          return request;
        };
      },
    },
  });
  return { edge, fault };
}

Deno.test("a RangeError on the way to the service is a 500 and an event, and the delivery is free again", async () => {
  const { edge, fault } = await setUpFault(new RangeError("no such thing"));
  await using _ = edge;
  const { status, body } = await told(await edge.handler(edge.request()));
  assertEquals([status, body.type, body.title], [
    500,
    "urn:edge-compute:problem:handler-failed",
    "The handler cannot submit the batch",
  ]);
  assertEquals(JSON.stringify(body).includes("no such thing"), false);
  const refused = edge.events.find((event) => event.kind === "deliveryRefused");
  assertEquals([refused?.status, refused?.error], [500, fault.error]);
  fault.error = undefined;
  assertEquals((await told(await edge.handler(edge.request()))).status, 202);
  assertEquals(edge.runs().length, 1);
});

// A bare fetch throws one where there is no network: it passes.
Deno.test("a TypeError on the way to the service is an event, and the delivery is submitted later", async () => {
  const { edge, fault } = await setUpFault(new TypeError("no such thing"));
  await using _ = edge;
  const { status, body } = await told(await edge.handler(edge.request()));
  assertEquals([status, body.state, JSON.stringify(body).includes("no such thing")], [
    202,
    "submitting",
    false,
  ]);
  const postponed = edge.events.find((event) => event.kind === "submissionPostponed");
  assertEquals(postponed?.kind === "submissionPostponed" && postponed.error, fault.error);
  fault.error = undefined;
  await edge.clock.advance(60_000);
  await edge.handler.collect();
  assertEquals(edge.runs().length, 1);
});

for (
  const [service, message] of [
    [
      { maxRequestsPer10s: 1e9 },
      "Cannot use 'service.maxRequestsPer10s': it must be a whole number from 1 to 1000000",
    ],
    [{ environment: "nowhere" }, "Unknown environment 'nowhere'"],
  ] as const
) {
  Deno.test(`createEdgeHandler() refuses a service that is none at once: ${JSON.stringify(service)}`, async () => {
    await using edge = await setUpEdge();
    // deno-lint-ignore no-explicit-any -- the types refuse it, too
    assertThrows(() => createEdgeHandler({ ...edge.options, service } as any), RangeError, message);
  });
}
