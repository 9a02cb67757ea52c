/**
 * What becomes of deliveries while Globus Compute is surely not reached, asks to wait, or does not take the credentials: they
 * stay taken, are answered 202, and are submitted later, each once. The connections that fail are real ones.
 */
import { listAll } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { createServer } from "node:tls";
import type { AddressInfo } from "node:net";
import { ComputeNetworkError } from "../../../mod.ts";
import { collect } from "../../../edge/collect/collect.ts";
import { BATCH_PREFIX } from "../../../edge/records/keys.ts";
import { freePort } from "../../support/free_port.ts";
import { until, untilSettled } from "../../support/until.ts";
import { type Edge, type EdgeSetUp, setUpEdge, submissions, told } from "../edge_helpers.ts";
import { selfSignedCertificate } from "../../support/certificate.ts";

type ServiceFetch = NonNullable<EdgeSetUp["fetch"]>;

interface Outage {
  setUp: EdgeSetUp;
  /** Ends what keeps batches from being submitted. */
  end: () => void;
  /** Whether the clock is to stand still: before the first request, and while one is under way. */
  isBusy: () => boolean;
}

/** A service that is met in this way, until the outage ends. */
function outageOf(meet: ServiceFetch): Outage {
  let isOver = false;
  let [requests, underWay] = [0, 0];
  const fetch: ServiceFetch = async (request, send) => {
    requests++;
    underWay++;
    return await (isOver ? send(request) : meet(request, send)).finally(() => underWay--);
  };
  return { setUp: { fetch }, end: () => void (isOver = true), isBusy: () => requests === 0 || underWay > 0 };
}

/** A service that is looked for at this address, over the network. */
function unreachable(address: string): Outage {
  return outageOf((request) => fetch(new Request(new URL(new URL(request.url).pathname, address), request)));
}

/** How many batches are taken. */
async function countTaken({ store }: Edge): Promise<number> {
  let count = 0;
  for await (const _ of listAll(store, BATCH_PREFIX)) count++;
  return count;
}

/** Collects every 15 s, for so long, or until so many tasks have run. */
async function collectFor(
  edge: Edge,
  ms: number,
  isBusy: () => boolean = () => false,
  runs = Infinity,
): Promise<void> {
  for (const endMs = edge.clock.nowMs() + ms; edge.clock.nowMs() < endMs && edge.runs().length < runs;) {
    await edge.clock.runUntil(collect(edge.context), isBusy);
    await edge.clock.advance(15_000);
  }
}

Deno.test("three minutes without a network: of 150 deliveries none is in doubt, and all are submitted once it is back", async () => {
  const { setUp, end, isBusy } = unreachable(`http://127.0.0.1:${freePort()}`);
  await using edge = await setUpEdge(setUp);
  const answers: Promise<{ status: number; state: unknown }>[] = [];
  for (let n = 0; n < 150; n++) {
    answers.push(
      edge.handler(edge.request({ n }, `msg_${n}`)).then(told).then(({ status, body }) => ({
        status,
        state: body.state,
      })),
    );
    // Its verification has a time by the same clock.
    await until("the delivery is taken", async () => await countTaken(edge) > n);
    await edge.clock.advance(1_200);
    await untilSettled("the network", () => !isBusy());
    if (n % 15 === 14) await edge.clock.runUntil(collect(edge.context), isBusy);
  }
  const told150 = await edge.clock.runUntil(Promise.all(answers), isBusy);
  assertEquals(edge.events.filter(({ kind }) => kind === "deliveryRefused"), []);
  assertEquals(told150.filter(({ status, state }) => status !== 202 || state !== "submitting"), []);
  assertEquals(edge.runs(), []);
  end();
  // The wait between attempts doubles, up to an hour. On this clock the retries within each attempt take time, too, and so
  // does a digest: a round of which the first minute is over by that begins nothing.
  await collectFor(edge, 12 * 60 * 60_000, isBusy, 150);
  await edge.clock.runUntil(edge.idle(), isBusy);
  assertEquals(edge.events.filter(({ kind }) => kind === "batchInDoubt" || kind === "submissionRefused"), []);
  const numbers = edge.runs().map((run) => (JSON.parse(run) as { n: number }).n).toSorted((a, b) => a - b);
  assertEquals(numbers, Array.from({ length: 150 }, (_, n) => n));
  const postponed = edge.events.find((event) => event.kind === "submissionPostponed");
  assert(postponed?.kind === "submissionPostponed" && postponed.error instanceof ComputeNetworkError);
  assertEquals(postponed.error.unreached, true);
});

const refuse = (status: number, init: ResponseInit = {}, body: unknown = {}) =>
  submissions(() => Promise.resolve(Response.json(body, { ...init, status })));

const RETRY_AFTER = { headers: { "retry-after": "7" } };
const OUTAGES: Record<string, () => Outage> = {
  "a name that is not found": () => unreachable("https://no-such-host.invalid"),
  "a connection that is refused": () => unreachable(`http://127.0.0.1:${freePort()}`),
  "429": () => outageOf(refuse(429, RETRY_AFTER)),
  "401": () => outageOf(refuse(401)),
  "503 with Retry-After of the service itself": () =>
    outageOf(refuse(503, RETRY_AFTER, { code: "UNKNOWN_ERROR" })),
};

async function checkOutage(edge: Edge, { end, isBusy }: Outage): Promise<void> {
  const first = await edge.clock.runUntil(edge.handler(edge.request()).then(told), isBusy);
  assertEquals([first.status, first.body.state, first.body.taskIds], [202, "submitting", undefined]);
  const again = await edge.handler(edge.request());
  assertEquals([again.status, again.headers.get("idempotent-replayed")], [202, "true"]);
  assertEquals(await again.json(), first.body);
  await edge.clock.runUntil(edge.idle(), isBusy);
  assertEquals([...new Set(edge.events.map(({ kind }) => kind))].toSorted(), [
    "deliveryRepeated",
    "submissionPostponed",
  ]);
  // For two hours nothing becomes of it, and it is tried less and less often.
  for (let hours = 0; hours < 2; hours++) {
    await edge.clock.runUntil(collect(edge.context), isBusy);
    await edge.clock.advance(3_600_000);
  }
  assertEquals(edge.runs(), []);
  end();
  await collectFor(edge, 60_000, isBusy);
  await edge.clock.runUntil(edge.idle(), isBusy);
  assertEquals((await edge.record(String(first.body.batchId)))?.state === "submitting", false);
  assertEquals(edge.runs().length, 1);
  assertEquals(edge.events.filter(({ kind }) => kind === "batchInDoubt"), []);
}

for (const [name, make] of Object.entries(OUTAGES)) {
  Deno.test(`a delivery that meets ${name} stays taken, and is submitted later`, async () => {
    const outage = make();
    await using edge = await setUpEdge(outage.setUp);
    await checkOutage(edge, outage);
  });
}

Deno.test("a delivery that meets a certificate that nobody trusts stays taken, and is submitted later", async () => {
  const server = createServer(await selfSignedCertificate()).on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const outage = unreachable(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await using edge = await setUpEdge(outage.setUp);
    await checkOutage(edge, outage);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

Deno.test("a delivery whose credentials cannot be had stays taken, and tells no secret", async () => {
  const authorizerFor = () => Promise.reject(new Error("no connection to the identity provider"));
  await using edge = await setUpEdge({ hook: { authorizer: undefined as never, authorizerFor } });
  const { status, body } = await told(await edge.handler(edge.request()));
  assertEquals([status, body.state], [202, "submitting"]);
  assertEquals(JSON.stringify([body, await edge.record(String(body.batchId))]).includes("provider"), false);
  assertEquals(edge.events.map(({ kind }) => kind), ["submissionPostponed"]);
});

Deno.test("a delivery that meets a connection that is reset once it is read is in doubt, and is not submitted again", async () => {
  await using edge = await setUpEdge({ fetch: submissions(() => Promise.reject(new TypeError("reset"))) });
  const { status, body } = await told(await edge.handler(edge.request()));
  assertEquals([status, body.state], [202, "inDoubt"]);
  await collectFor(edge, 3_600_000);
  assertEquals((await edge.record(String(body.batchId)))?.state, "inDoubt");
  assertEquals(edge.runs(), []);
});

for (const status of [301, 302, 303, 304, 307, 308, 408, 418, 499, 503]) {
  Deno.test(`a delivery whose task was taken and answered with ${status} is in doubt, and does not run twice when it is sent again`, async () => {
    await using edge = await setUpEdge({
      fetch: submissions(async (send) => {
        await (await send()).body?.cancel();
        return new Response(null, { status, headers: { location: "/elsewhere", "retry-after": "1" } });
      }),
    });
    const first = await told(await edge.handler(edge.request()));
    assertEquals([first.status, first.body.state], [202, "inDoubt"]);
    assertEquals((await told(await edge.handler(edge.request()))).body, first.body);
    await collectFor(edge, 60_000);
    assertEquals([edge.runs().length, (await edge.record(String(first.body.batchId)))?.state], [
      1,
      "inDoubt",
    ]);
  });
}

Deno.test("a delivery that cannot be submitted for a day is refused, and said", async () => {
  await using edge = await setUpEdge({ fetch: refuse(401) });
  const { body } = await told(await edge.handler(edge.request()));
  for (let hours = 0; hours < 27; hours++) {
    await edge.clock.runUntil(collect(edge.context));
    await edge.clock.advance(3_600_000);
  }
  assertEquals((await edge.record(String(body.batchId)))?.state, "refused");
  assertEquals(edge.events.at(-1)?.kind, "submissionRefused");
});
