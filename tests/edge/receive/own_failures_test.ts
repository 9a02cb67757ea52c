/** A failure of the handler itself, or of what it was given, is told as such, and never as a refusal of the service. */
import { assertEquals, assertThrows } from "@std/assert";
import { createEdgeHandler } from "../../../edge/mod.ts";
import { setUpEdge, told } from "../edge_helpers.ts";

for (const kind of [RangeError, TypeError]) {
  Deno.test(`a ${kind.name} on the way to the service is a 500 and an event, and the delivery is free again`, async () => {
    let isBroken = true;
    await using edge = await setUpEdge({
      hook: {
        authorizerFor() {
          if (isBroken) throw new kind("no such thing");
          return (request) => {
            request.headers.set("authorization", `Bearer ${edge.local.accessToken}`);
            return request;
          };
        },
      },
    });
    const { status, body } = await told(await edge.handler(edge.request()));
    assertEquals([status, body.type, body.title], [
      500,
      "urn:edge-compute:problem:handler-failed",
      "The handler cannot submit the batch",
    ]);
    assertEquals(JSON.stringify(body).includes("no such thing"), false);
    const refused = edge.events.find((event) => event.kind === "deliveryRefused");
    assertEquals([refused?.status, refused?.error instanceof kind], [500, true]);
    isBroken = false;
    assertEquals((await told(await edge.handler(edge.request()))).status, 202);
    assertEquals(edge.runs().length, 1);
  });
}

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
