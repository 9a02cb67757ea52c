/** What a service leaves behind: nothing. The sanitizers of the test runner look, too. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { connect } from "node:net";
import type { Clock } from "../../src/base/clock.ts";
import { createLocalService, startLocalService } from "../../src/local/mod.ts";
import { settle } from "../support/manual_clock.ts";
import { until } from "../support/until.ts";

/** To hash it would take longer than the test does. */
const LONG_SECRET = "x".repeat(20_000_000);

Deno.test("a service that is not made leaves nothing running", () => {
  const clients = [{ clientId: "other", clientSecret: LONG_SECRET }];
  assertThrows(() => createLocalService({ clients, faults: { seed: 0.5 } }), RangeError, "seed");
  assertThrows(() => createLocalService({ clients, maxRecords: -1 }), RangeError, "maxRecords");
  assertThrows(() => createLocalService({ clients, maxRequestsPer10s: 0 }), RangeError, "maxRequests");
  assertThrows(() => createLocalService({ clients: [...clients, ...clients] }), RangeError, "two clients");
});

Deno.test("a service that is not started leaves nothing running", async () => {
  await assertRejects(() => startLocalService({ workers: 1, faults: { seed: 0.5 } }), RangeError, "seed");
});

Deno.test("a service that is never asked leaves nothing running, closed or not", async () => {
  const clients = [{ clientId: "other", clientSecret: LONG_SECRET }];
  createLocalService({ clients });
  await createLocalService({ clients }).close();
});

Deno.test("close() waits for requests whose senders have given up", async () => {
  let giveUp = () => {};
  const clock: Clock = {
    nowMs: () => 0,
    monotonicMs: () => 0,
    sleep: (_, { signal } = {}) => new Promise((_, reject) => giveUp = () => reject(signal?.reason)),
  };
  const local = createLocalService({ clock, faults: { latencyMs: 1 } });
  const caller = new AbortController();
  const call = assertRejects(() => local.fetch(`${local.baseUrl}/v2/version`, caller));
  await settle();
  caller.abort(new Error("enough"));
  assertEquals(((await call) as Error).message, "enough");
  let isClosed = false;
  const closing = local.close().then(() => isClosed = true);
  await settle();
  assertEquals(isClosed, false);
  giveUp();
  await closing;
  await local.close();
});

Deno.test("close() does not wait for bodies that never come", async () => {
  const local = await startLocalService({ workers: 1 });
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(local.baseUrl).port) });
  const closed = new Promise<void>((resolve) => socket.on("error", () => {}).on("close", () => resolve()));
  socket.write(
    "POST /v2/oauth2/token HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n" +
      "content-type: application/x-www-form-urlencoded\r\n\r\ngrant_type=",
  );
  await until("the request has come", () => local.requests.length > 0);
  await local.close();
  await closed;
});
