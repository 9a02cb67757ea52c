/** Whatever was done to a delivery, its sender gets the same answer, and the operator the cause. */
import { listAll } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import type { EdgeEvent } from "../../../edge/event.ts";
import { edgeOf, setUpEdge, worldOf } from "../edge_helpers.ts";
import { delivery, signedRequest } from "../verify/deliveries.ts";
import { SCHEMES } from "../verify/schemes.ts";
import { tamperings } from "../verify/tamperings.ts";

/** All that a sender can see of an answer. */
async function seen(response: Response): Promise<string> {
  return JSON.stringify([response.status, response.statusText, [...response.headers], await response.text()]);
}

Deno.test("whatever was done to a delivery, its sender gets the same answer, and the operator the cause", async (t) => {
  await using world = await setUpEdge();
  const answers = new Set<string>();
  for (const scheme of SCHEMES) {
    const edge = edgeOf({ ...worldOf(world), scheme });
    const sent = delivery();
    const kinds = tamperings(scheme, sent);
    assert(kinds.length >= 20);
    const causes = new Set<string>();
    for (const [name, tamper] of kinds) {
      await t.step(`${scheme.name}: ${name}`, async () => {
        answers.add(await seen(await edge.handler(await tamper(signedRequest(scheme, sent)))));
        assertEquals(answers.size, 1, [...answers].join("\n"));
        const event: EdgeEvent | undefined = edge.events.at(-1);
        assert(event?.kind === "deliveryRefused" && event.status === 401 && event.hook === "push");
        causes.add(event.cause);
      });
    }
    assertEquals(edge.events.length, kinds.length);
    // A secret that is sent as it is can only be missing or wrong.
    assert(
      causes.size >= (scheme.encoding === "asItIs" ? 2 : 3),
      `The operator is told ${[...causes].join("; ")}`,
    );
    for await (const key of listAll(edge.store, "")) throw new Error(`${key} is in the store`);
    assertEquals((await edge.handler(signedRequest(scheme, sent))).status, 202);
  }
  assertEquals(world.local.runs.length, SCHEMES.length);
});
