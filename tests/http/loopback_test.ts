/** Proves over real sockets the length of a body, that no redirect is followed, and what a closed port comes to. */
import { assertEquals, assertRejects } from "@std/assert";
import { fileURLToPath } from "node:url";
import {
  accessToken,
  batchRun,
  ComputeHttpError,
  ComputeNetworkError,
  ComputeSubmissionError,
  createClient,
  getTask,
} from "../../mod.ts";
import { ENDPOINT_ID, id, receipt } from "../support/task_helpers.ts";

interface Received {
  method: string;
  path: string;
  headers: Headers;
  bytes: number;
}

/** Runs a server on loopback while `use` runs. */
async function withServer(
  answer: (received: Received) => Response,
  use: (baseUrl: string, received: Received[]) => Promise<void>,
): Promise<void> {
  const received: Received[] = [];
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(options, async (request) => {
    const { method, headers, url } = request;
    const bytes = (await request.arrayBuffer()).byteLength;
    const one = { method, headers, bytes, path: new URL(url).pathname };
    received.push(one);
    return answer(one);
  });
  try {
    await use(`http://127.0.0.1:${server.addr.port}`, received);
  } finally {
    await server.shutdown();
  }
}

const acceptTask = () => receipt({ [id(7)]: [id(1)] });
const FIRST_REFUSED = (received: Received) =>
  received.headers.get("authorization") === "Bearer old" ? new Response(null, { status: 401 }) : acceptTask();
const SIZEABLE = { endpointId: ENDPOINT_ID, tasks: [{ functionId: id(7), args: ["ä".repeat(50_000)] }] };

function assertHasLength(received: Received | undefined): void {
  assertEquals(received?.headers.get("content-length"), String(received?.bytes));
  assertEquals(received?.headers.get("transfer-encoding"), null);
  assertEquals(received?.headers.get("content-type"), "application/json");
}

Deno.test("batchRun() tells the length of its body, in Deno", () =>
  withServer(acceptTask, async (baseUrl, received) => {
    const client = createClient({ authorizer: accessToken("token"), baseUrl });
    assertEquals((await batchRun(client, SIZEABLE)).taskIds, [id(1)]);
    assertHasLength(received[0]);
    assertEquals(received[0]?.path, `/v3/endpoints/${ENDPOINT_ID}/submit`);
    assertEquals(received[0]?.headers.get("authorization"), "Bearer token");
    assertEquals(
      received[0]?.headers.get("user-agent"),
      "edge-compute-globus-0.1.0/globus-compute-sdk-4.19.0",
    );
  }));

Deno.test("batchRun() tells the length of its body when it is sent again", () =>
  withServer(FIRST_REFUSED, async (baseUrl, received) => {
    const tokens = ["old", "new"];
    const client = createClient({ authorizer: accessToken(() => tokens.shift() ?? ""), baseUrl });
    await batchRun(client, SIZEABLE);
    assertEquals(received.length, 2);
    for (const one of received) assertHasLength(one);
    assertEquals(received[1]?.bytes, received[0]?.bytes);
  }));

Deno.test("batchRun() tells the length of its body, in Node", () =>
  withServer(acceptTask, async (baseUrl, received) => {
    const script = fileURLToPath(new URL("../support/submit_from_node.ts", import.meta.url));
    const node = new Deno.Command("node", {
      args: ["--import", "tsx", script, baseUrl, ENDPOINT_ID, id(7)],
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
    });
    const { stdout, stderr } = await node.output();
    assertEquals(new TextDecoder().decode(stdout), id(1), new TextDecoder().decode(stderr));
    assertHasLength(received[0]);
    assertEquals(
      received[0]?.headers.get("user-agent"),
      "edge-compute-globus-0.1.0/globus-compute-sdk-4.19.0",
    );
  }));

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`a redirect with ${status} is an error, and the token goes nowhere else`, () =>
    withServer(acceptTask, async (elsewhere, stolen) => {
      const redirect = () => new Response(null, { status, headers: { location: `${elsewhere}/steal` } });
      await withServer(redirect, async (baseUrl, received) => {
        const client = createClient({ authorizer: accessToken("token"), baseUrl });
        assertEquals((await assertRejects(() => getTask(client, id(1)), ComputeHttpError)).status, status);
        const { ambiguous, cause } = await assertRejects(
          () => batchRun(client, SIZEABLE),
          ComputeSubmissionError,
        );
        assertEquals([ambiguous, (cause as ComputeHttpError).status], [true, status]);
        assertEquals(received.length, 2);
        assertEquals(stolen.length, 0);
      });
    }));
}

Deno.test("a port where nobody listens is a ComputeNetworkError", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const baseUrl = `http://127.0.0.1:${port}`;
  const client = createClient({ authorizer: accessToken("token"), baseUrl, maxAttempts: 1 });
  const error = await assertRejects(() => getTask(client, id(1)), ComputeNetworkError);
  assertEquals(error.retryable, true);
});
