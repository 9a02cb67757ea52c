/** Over real sockets, a body that never comes, never ends or is too large is given up in time. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { systemClock } from "../../../mod.ts";
import { setUpEdge } from "../edge_helpers.ts";
import { LIMITS } from "./refused_delivery.ts";

const HEAD = "POST /hooks/push HTTP/1.1\r\nhost: hooks.example.org\r\ncontent-type: application/json\r\n";
const encoder = new TextEncoder();

/** Sends a request by hand to a handler that listens, and returns the beginning of what it answers. */
async function send(
  write: (connection: Deno.TcpConn) => Promise<void>,
  bodyTimeoutMs = 60_000,
): Promise<{ answer: string; kinds: string[] }> {
  const limits = { ...LIMITS, bodyTimeoutMs };
  await using edge = await setUpEdge({ options: { limits, clock: systemClock } });
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, edge.handler);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const writing = write(connection).catch(() => {}); // It may be cut off.
  const buffer = new Uint8Array(4_096);
  const length = await connection.read(buffer) ?? 0;
  connection.close();
  await writing;
  return {
    answer: new TextDecoder().decode(buffer.subarray(0, length)),
    kinds: edge.events.map((event) => "cause" in event ? event.cause ?? "" : event.kind),
  };
}

Deno.test("over HTTP, a body that never comes is given up in time", async () => {
  const startMs = performance.now();
  const { answer } = await send(async (connection) => {
    await connection.write(encoder.encode(`${HEAD}content-length: 100\r\n\r\n{`));
  }, 200);
  assertMatch(answer, /^HTTP\/1\.1 408 /);
  assert(performance.now() - startMs >= 200);
});

Deno.test("over HTTP, a body that never ends is cut off", async () => {
  let sentBytes = 0;
  const { answer, kinds } = await send(async (connection) => {
    await connection.write(encoder.encode(`${HEAD}transfer-encoding: chunked\r\n\r\n`));
    for (let n = 0; n < 100_000; n++) {
      sentBytes += await connection.write(encoder.encode(`400\r\n${" ".repeat(1_024)}\r\n`));
    }
  });
  assertMatch(answer, /^HTTP\/1\.1 413 /);
  assertEquals(kinds, ["its body has more than 4096 bytes: 'maxBodyBytes' of the hook may let it in"]);
  assert(sentBytes < 50_000_000, `${sentBytes} bytes were taken`);
});

Deno.test("over HTTP, a body that says it is too large is not waited for", async () => {
  const { answer } = await send(async (connection) => {
    await connection.write(encoder.encode(`${HEAD}content-length: 5000\r\n\r\n`));
  });
  assertMatch(answer, /^HTTP\/1\.1 413 /);
});
