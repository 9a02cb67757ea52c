/** Messages over the network, to real receivers: an independent implementation of Standard Webhooks takes them. */
import { assert, assertEquals } from "@std/assert";
import { Webhook } from "standardwebhooks";
import { type Collecting, SECRET, setUpWorld } from "../collect/collect_helpers.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { sendOnce } from "../../../edge/deliver/send_once.ts";

/** Runs one batch whose receiver is at this address, for so long. */
async function deliverTo(url: string, forMs: number): Promise<Collecting["edge"]["events"]> {
  await using world = await setUpWorld({ nowMs: Date.now() });
  const { start, run, edge } = world.process({
    hook: { deliver: { url, secret: SECRET } },
    options: { allowPrivateAddresses: true },
    network: (request) => fetch(request),
  });
  await start([{ give: { naïve: [1, 2.5, "📏"] } }]);
  await run({ forMs });
  return edge.events.filter(({ kind }) => kind.startsWith("message"));
}

interface Loopback extends AsyncDisposable {
  url: string;
}

/** A server whose answers are made by hand. */
function listen(onConnection: (connection: Deno.TcpConn) => Promise<void>): Loopback {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      open.push(
        onConnection(connection).catch(() => {}).finally(() => {
          try {
            connection.close();
          } catch {
            // The other side was first.
          }
        }),
      );
    }
  })();
  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/hooks`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(open);
    },
  };
}

Deno.test("a receiver of another make takes a message", async () => {
  const taken: unknown[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    try {
      taken.push(new Webhook(SECRET).verify(await request.text(), Object.fromEntries(request.headers)));
      assertEquals(request.headers.get("content-type"), "application/json");
      assert(request.headers.get("user-agent") !== null);
      return new Response(null, { status: 204 });
    } catch {
      return new Response(null, { status: 401 });
    }
  });
  const events = await deliverTo(`http://127.0.0.1:${server.addr.port}/`, 5_000);
  assertEquals(events.map(({ kind }) => kind), ["messageDelivered"]);
  // deno-lint-ignore no-explicit-any -- as a receiver has it
  assertEquals((taken[0] as any).data.tasks[0].result, { naïve: [1, 2.5, "📏"] });
});

Deno.test("no redirect is followed", async () => {
  const paths: string[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    await request.text();
    paths.push(new URL(request.url).pathname);
    return new Response(null, { status: 307, headers: { location: "/elsewhere" } });
  });
  const events = await deliverTo(`http://127.0.0.1:${server.addr.port}/hooks`, 8_000);
  assertEquals(paths, ["/hooks", "/hooks"]);
  assertEquals(events.map((event) => "status" in event && event.status), [307, 307]);
});

Deno.test("a connection that is reset, or refused, is tried again", async () => {
  let connections = 0;
  const server = listen(async (connection) => {
    connections++;
    await connection.read(new Uint8Array(1_000));
  });
  const url = server.url;
  const events = await deliverTo(url, 8_000);
  await server[Symbol.asyncDispose]();
  assert(connections >= 2);
  assertEquals(events.map((event) => "cause" in event && event.cause), [
    "there was no connection",
    "there was no connection",
  ]);
  const refused = await deliverTo(url, 3_000);
  assertEquals(refused.map(({ kind }) => kind), ["messagePostponed"]);
  assert(!JSON.stringify([events, refused]).includes("127.0.0.1"));
});

Deno.test("the body of an answer is not read, however long it is", async () => {
  let written = 0;
  let isCut = false;
  {
    await using server = listen(async (connection) => {
      await connection.read(new Uint8Array(100_000));
      const encoder = new TextEncoder();
      await connection.write(encoder.encode("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"));
      const chunk = encoder.encode(`10000\r\n${"x".repeat(65_536)}\r\n`);
      try {
        for (;;) written += await connection.write(chunk);
      } catch {
        isCut = true;
      }
    });
    const events = await deliverTo(server.url, 3_000);
    assertEquals(events.map(({ kind }) => kind), ["messageDelivered"]);
  }
  assert(isCut);
  assert(written < 20_000_000, `${written} bytes`);
});

Deno.test("sendOnce() ends after 20 seconds, where a server is silent, and lets go of the connection", async () => {
  const clock = new ManualClock();
  let isConnected: () => void = () => {};
  const connected = new Promise<void>((resolve) => isConnected = resolve);
  await using server = listen(async (connection) => {
    isConnected();
    const bytes = new Uint8Array(1_000);
    while (await connection.read(bytes) !== null); // Until the other side hangs up.
  });
  const { signal } = new AbortController();
  const sending = sendOnce(
    { clock, fetch: (request) => fetch(request) },
    (ended) => new Request(server.url, { method: "POST", body: "{}", signal: ended }),
    signal,
  );
  await connected;
  await clock.advance(20_000);
  assertEquals(await sending, { status: undefined, cause: "there was no answer within 20 s" });
  assertEquals(clock.sleeping, 0);
});
