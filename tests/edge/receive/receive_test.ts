/** A delivery gets an answer with its batch, and a repeat gets the same answer. */
import { listAll } from "../../../src/store/writes.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Store } from "../../../mod.ts";
import type { HookContext } from "../../../edge/hook.ts";
import { readRecord } from "../../../edge/records/json_record.ts";
import { DUE_PREFIX, RECENT_PREFIX, tasksKey } from "../../../edge/records/keys.ts";
import { type Edge, setUpEdge, told } from "../edge_helpers.ts";
import { GITHUB } from "../verify/schemes.ts";

async function keysOf(
  store: Pick<Store, "list">,
  prefix: string,
): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of listAll(store, prefix)) keys.push(key.slice(prefix.length));
  return keys;
}

Deno.test("receive() answers with the batch, which runs, and where it is seen", async () => {
  await using edge = await setUpEdge();
  const response = await edge.handler(edge.request({ n: 1 }));
  const { headers } = response;
  const { status, body } = await told(response);
  assertEquals([status, body.state], [202, "running"]);
  assertEquals(edge.runs(), ['{"n":1}']);
  const [taskId] = body.taskIds as string[];
  assertEquals(edge.local.runs[0]?.taskId, taskId);
  assertEquals(headers.get("location"), body.statusUrl);
  assertMatch(
    String(body.statusUrl),
    new RegExp(`^https://hooks.example.org/batches/${body.batchId}\\?capability=`),
  );
  assertEquals(String(body.viewUrl), String(body.statusUrl).replace("?", "/view?"));
  assertEquals([headers.get("retry-after"), headers.get("cache-control")], ["2", "no-store"]);

  const batchId = String(body.batchId);
  const record = await edge.record(batchId);
  assertEquals([record?.state, record?.taskCount, record?.deliveryId], ["running", 1, "msg_1"]);
  assertEquals([record?.taskGroupId, record?.submission], [body.taskGroupId as string, { attempts: 1 }]);
  assertEquals((await readRecord(edge.store, tasksKey(batchId)))?.value, [{ taskId, state: "pending" }]);
  assertEquals(await keysOf(edge.store, DUE_PREFIX), [`${edge.clock.nowMs() + 1_000}/${batchId}`]);
  assertMatch(String(await keysOf(edge.store, RECENT_PREFIX)), new RegExp(`^\\d{13}/${batchId}$`));
  assertEquals(edge.due.at(-1), edge.clock.nowMs() + 1_000);
  const about = { hook: "push", batchId, deliveryId: "msg_1", taskGroupId: String(body.taskGroupId) };
  assertEquals(edge.events, [{ kind: "batchSubmitted", ...about }]);
  await edge.idle();
  assertEquals(edge.clock.sleeping, 0); // The lane is let go.
  assertEquals(await edge.store.get("edge/lane/main/holder"), undefined);
});

Deno.test("receive() gives a repeat its first answer, byte for byte", async () => {
  await using edge = await setUpEdge();
  const first = await edge.handler(edge.request());
  await edge.clock.advance(60_000);
  const again = await edge.handler(edge.request());
  assertEquals([again.status, await again.text()], [202, await first.text()]);
  assertEquals(again.headers.get("idempotent-replayed"), "true");
  assertEquals(first.headers.get("idempotent-replayed"), null);
  for (const [name, value] of first.headers) assertEquals(again.headers.get(name), value);
  assertEquals(edge.runs().length, 1);
  const repeated = edge.events.at(-1);
  assert(repeated?.kind === "deliveryRepeated" && repeated.batchId !== undefined);
});

Deno.test("receive() refuses an id that comes again with other bytes", async () => {
  await using edge = await setUpEdge();
  await edge.handler(edge.request({ n: 1 }));
  const { status, body } = await told(await edge.handler(edge.request({ n: 2 })));
  assertEquals([status, body.type], [422, "urn:edge-compute:problem:delivery-id-reused"]);
  assertEquals((await edge.handler(edge.request({ n: 1 }, "msg_2"))).status, 202); // Its id is signed.
  assertEquals(edge.runs(), ['{"n":1}', '{"n":1}']);
});

Deno.test("receive() takes the same bytes under another id for the same delivery, where no id is signed", async () => {
  await using edge = await setUpEdge({ scheme: GITHUB });
  const first = await edge.handler(edge.request({ n: 1 }, "id-1"));
  const again = await edge.handler(edge.request({ n: 1 }, "id-2"));
  assertEquals(await again.text(), await first.text());
  assertEquals((await edge.handler(edge.request({ n: 2 }, "id-1"))).status, 422);
  assertEquals((await edge.handler(edge.request({ n: 2 }, "id-3"))).status, 202);
  assertEquals(edge.runs(), ['{"n":1}', '{"n":2}']);
});

Deno.test("receive() acknowledges an event that the hook ignores, and asks it once", async () => {
  let calls = 0;
  const batch = () => void calls++;
  await using edge = await setUpEdge({ hook: { batch: batch as () => undefined } });
  for (let turn = 0; turn < 2; turn++) {
    const { status, body } = await told(await edge.handler(edge.request()));
    assertEquals([status, body], [200, { state: "ignored" }]);
  }
  assertEquals([calls, edge.runs()], [1, []]);
  assertEquals(edge.events.map(({ kind }) => kind), ["deliveryIgnored", "deliveryRepeated"]);
  assert(!("batchId" in (edge.events[1] ?? {})));
});

Deno.test("receive() tells a hook of the delivery, and keeps its credentials to itself", async () => {
  let seen: HookContext | undefined;
  await using edge = await setUpEdge({
    hook: {
      batch: (_, context) => {
        seen = context;
        return undefined;
      },
    },
  });
  const request = edge.request();
  const secrets = {
    authorization: "Bearer x",
    "proxy-authorization": "Basic x",
    cookie: "a=b",
    "x-hub-signature": "sha1=x",
    "x-hub-signature-256": "sha256=x",
    "stripe-signature": "t=1",
    "x-inngest-signature": "t=1",
    "upstash-signature": "x",
    "x-gitlab-token": "x",
    "x-shopify-hmac-sha256": "x",
    "x-api-key": "x",
    "x-amz-auth": "x",
  };
  for (const [name, value] of Object.entries(secrets)) request.headers.set(name, value);
  request.headers.set("x-commit-author", "ada");
  request.headers.set("x-github-event", "push");
  await edge.handler(request);
  assertEquals([...seen?.headers.keys() ?? []], [
    "content-type",
    "webhook-id",
    "webhook-timestamp",
    "x-commit-author",
    "x-github-event",
  ]);
  assertEquals([seen?.hook, seen?.deliveryId, seen?.claims], ["push", "msg_1", {}]);
  assertMatch(seen?.batchId ?? "", /^[0-9a-f-]{36}$/);
});

Deno.test("receive() keeps the trace of a delivery, if it is one", async () => {
  const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  for (
    const [value, kept] of [
      [trace, trace],
      [trace.slice(0, -1), undefined],
      [trace.toUpperCase(), undefined],
      [`00-${"0".repeat(32)}-00f067aa0ba902b7-01`, undefined],
      [`${trace}\u00e9`, undefined],
    ] as const
  ) {
    await using edge = await setUpEdge();
    const request = edge.request();
    request.headers.set("traceparent", value);
    const { body } = await told(await edge.handler(request));
    assertEquals((await edge.record(String(body.batchId)))?.traceparent, kept);
    const [submitted] = edge.events;
    assert(submitted?.kind === "batchSubmitted");
    assertEquals(submitted.traceparent, kept);
  }
});

Deno.test("receive() takes an Idempotency-Key for the id of a delivery that has none, and asks for one", async () => {
  await using edge = await setUpEdge({
    hook: { verify: () => Promise.resolve({ isVerified: true, isIdSigned: true, claims: { sub: "ada" } }) },
  });
  const send = async (body: string, key?: string) => {
    const headers = {
      "content-type": "application/json",
      ...(key === undefined ? {} : { "idempotency-key": key }),
    };
    return await told(
      await edge.handler(
        new Request("https://hooks.example.org/hooks/push", { method: "POST", headers, body }),
      ),
    );
  };
  const first = await send("1", '"a \\"b\\" c"');
  assertEquals([first.status, (await send("1", ' "a \\"b\\" c" ')).body], [202, first.body]);
  assertEquals((await edge.record(String(first.body.batchId)))?.deliveryId, 'a "b" c');
  assertEquals((await edge.record(String(first.body.batchId)))?.claims, { sub: "ada" });
  assertEquals((await send("2", '"a \\"b\\" c"')).status, 422);
  assertEquals((await send("1", '"other"')).status, 202);
  for (const key of [undefined, "", "bare", '"', '""', '"a"b"', '"ä"', `"${"x".repeat(257)}"`, "'a'"]) {
    const { status, body } = await send("3", key);
    assertEquals([status, body.type], [400, "urn:edge-compute:problem:delivery-id-missing"], key);
  }
  assertEquals(edge.runs(), ["1", "1"]);
});

Deno.test("receive() keeps the order of tasks of several functions", async () => {
  await using edge: Edge = await setUpEdge({
    hook: {
      batch: () => ({
        endpointId: edge.local.endpointId.toUpperCase(),
        tasks: [1, 2, 3, 4].map((n) => ({
          functionId: n % 3 === 1 ? edge.functionId.toUpperCase() : edge.otherFunctionId,
          args: [n],
        })),
      }),
    },
  });
  const { status, body } = await told(await edge.handler(edge.request()));
  assertEquals([status, (body.taskIds as string[]).length], [202, 4]);
  const runs = edge.runs();
  const argumentBy = new Map(edge.local.runs.map(({ taskId }, place) => [taskId, runs[place]]));
  assertEquals((body.taskIds as string[]).map((taskId) => argumentBy.get(taskId)), ["1", "2", "3", "4"]);
});
