/** What the host gives the handler may fail: a delivery that is taken stays taken, and the operator hears of it. */
import { assertEquals } from "@std/assert";
import { hmac } from "../../../edge/mod.ts";
import { setUpEdge, told } from "../edge_helpers.ts";

for (
  const [name, options] of [
    ["onDue", { onDue: () => Promise.reject(new Error("no alarm")) }],
    ["waitUntil", {
      waitUntil: () => {
        throw new TypeError("Illegal invocation");
      },
    }],
  ] as const
) {
  Deno.test(`a delivery is taken where '${name}' fails, and an event names it`, async () => {
    await using edge = await setUpEdge({ options });
    const { status } = await told(await edge.handler(edge.request()));
    assertEquals([status, edge.runs().length], [202, 1]);
    const failed = edge.events.filter((event) => event.kind === "collectFailed");
    assertEquals(new Set(failed.map(({ error }) => String(error))), new Set([`Error: '${name}' failed`]));
  });
}

for (const answer of [false, null, Promise.resolve(undefined), "x", 0]) {
  Deno.test(`hmac() takes a delivery whose 'handshake' comes to ${typeof answer} ${answer}`, async () => {
    const secret = "a secret of the sender's";
    const verify = hmac({
      header: "x-signature",
      encoding: "hex",
      algorithm: "SHA-256",
      secrets: [secret],
      deliveryId: "digest",
      handshake: () => answer as unknown as undefined,
    });
    await using edge = await setUpEdge({ hook: { verify } });
    const request = edge.request();
    const body = await request.bytes();
    const key = await crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(secret),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, body)).toHex();
    const headers = { "content-type": "application/json", "x-signature": signature };
    const { status } = await told(
      await edge.handler(new Request(request.url, { method: "POST", headers, body })),
    );
    assertEquals([status, edge.runs().length], [202, 1]);
  });
}
