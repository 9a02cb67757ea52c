/** Whose reader has gone gives its place back, once: by its body, by the signal of its request, and over real sockets. */
import { createAdaptorServer } from "@hono/node-server";
import { assertEquals } from "@std/assert";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { comeAndGo } from "../../support/open_stream.ts";
import { until } from "../../support/until.ts";
import { seedBatch, setUpWatch, type WatchWorld } from "./watch_helpers.ts";

const MAX_OPEN = 3;

async function setUp(): Promise<WatchWorld> {
  const world = await setUpWatch({ limits: { maxOpenStreams: MAX_OPEN } });
  await seedBatch(world, [undefined]);
  return world;
}

/** Opens a stream in this process; `leave` aborts its request. */
async function open(world: WatchWorld) {
  const controller = new AbortController();
  const response = await world.getByLink("/events", { signal: controller.signal });
  return { response, status: response.status, leave: () => controller.abort() };
}

Deno.test("a stream whose request is aborted gives its place back, though its body is never cancelled", async () => {
  const world = await setUp();
  for (let i = 0; i < 130; i++) {
    const stream = await open(world);
    assertEquals(stream.status, 200);
    if (i % 2 === 0) await stream.response.body?.getReader().read();
    stream.leave();
  }
  assertEquals(world.clock.sleeping, 0);
});

Deno.test("a stream that is cancelled and aborted, in any order and twice, gives one place back", async () => {
  for (const order of ["cancel abort", "abort cancel", "abort abort cancel", "cancel"]) {
    const world = await setUp();
    const streams = [await open(world), await open(world), await open(world)];
    const [first] = streams;
    assertEquals((await open(world)).status, 503, order);
    for (const step of order.split(" ")) {
      if (step === "abort") first?.leave();
      else await first?.response.body?.cancel();
    }
    const next = await open(world);
    assertEquals([next.status, (await open(world)).status], [200, 503], order);
  }
});

Deno.test("a stream whose request has ended before it began takes no place", async () => {
  const world = await setUp();
  for (let i = 0; i < MAX_OPEN * 2; i++) {
    const response = await world.getByLink("/events", { signal: AbortSignal.abort() });
    await response.body?.cancel();
  }
  assertEquals((await open(world)).status, 200);
});

/** A server on loopback. */
interface Serving extends AsyncDisposable {
  port: number;
}

const SERVERS: [
  name: string,
  serve: (handler: (request: Request) => Promise<Response>) => Promise<Serving>,
][] = [
  ["Deno", (handler) => {
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
    return Promise.resolve({ port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() });
  }],
  ["Node's HTTP", async (handler) => {
    const server = createAdaptorServer({ fetch: handler, overrideGlobalObjects: false }) as Server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
      port: (server.address() as AddressInfo).port,
      [Symbol.asyncDispose]: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  }],
];
for (const [name, serve] of SERVERS) {
  Deno.test(`over ${name}, readers that come and go keep no place`, async () => {
    const world = await setUp();
    await using server = await serve(world.handler);
    const url = new URL(world.link("/events"));
    const there = new URL(url.pathname + url.search, `http://127.0.0.1:${server.port}`);
    assertEquals(await comeAndGo(there, { maxOpen: MAX_OPEN, times: 20 }), [503, 503]);
    await until("no stream is open", () => world.clock.sleeping === 0);
  });
}
