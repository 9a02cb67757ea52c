/** Each kind of fault that the local service can be given is what it says, and a seed repeats it. */
import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { connect } from "node:net";
import { createFaultState } from "../../src/local/fault_state.ts";
import {
  createLocalService,
  FAULT_KINDS,
  type FaultKind,
  type Faults,
  startLocalService,
} from "../../src/local/mod.ts";
import {
  createManualClock,
  ENDPOINT,
  HELLO,
  NO_ARGUMENTS,
  onBoth,
  sender,
  submit,
} from "./service_helpers.ts";

/** What is told of a request: a status, `Retry-After` and the beginning of the body, or the name of an error. */
async function meet(request: Promise<Response>): Promise<unknown[]> {
  try {
    const response = await request;
    const text = await response.text();
    return [response.status, response.headers.get("retry-after"), text.slice(0, 12)];
  } catch (error) {
    return [(error as Error).name];
  }
}

/** What each kind is to the caller, and whether the service has done what was asked. */
const KINDS: Record<FaultKind, [seen: unknown[], taken: boolean]> = {
  tooManyRequests: [[429, "1", '{"detail":"T'], false],
  serverError: [[500, null, '{"status":"F'], false],
  unavailable: [[503, "1", '{"status":"F'], false],
  resetBeforeRead: [["TypeError"], false],
  serverErrorAfterTaken: [[500, null, '{"status":"F'], true],
  resetAfterTaken: [["TypeError"], true],
  truncatedJson: [[200, null, '{"request_id'], true],
  htmlPage: [[200, null, "<!doctype ht"], true],
  emptyBody: [[200, null, ""], true],
};

onBoth("each kind of fault is what it says", {}, async (send, local) => {
  assertEquals(Object.keys(KINDS), [...FAULT_KINDS]);
  for (const [kind, [seen, taken]] of Object.entries(KINDS)) {
    local.setFaults();
    const { taskGroupId } = await submit(send, HELLO);
    local.setFaults({ failNext: [kind as FaultKind] });
    const body = { tasks: { [HELLO]: [NO_ARGUMENTS] }, task_group_id: taskGroupId };
    assertEquals(await meet(send("POST", `/v3/endpoints/${ENDPOINT}/submit`, body)), seen, kind);
    const group = await (await send("GET", `/v2/taskgroup/${taskGroupId}`)).json();
    assertEquals(group.tasks.length, taken ? 2 : 1, `${kind}: whether the tasks were taken`);
    const logged = local.requests.at(-2);
    assertEquals([logged?.fault, logged?.status], [kind, typeof seen[0] === "number" ? seen[0] : undefined]);
  }
});

onBoth("a truncated answer is half of the true one", {}, async (send, local) => {
  const whole = await (await send("GET", `/v2/endpoints/${ENDPOINT}`)).text();
  local.setFaults({ failNext: ["truncatedJson"] });
  const response = await send("GET", `/v2/endpoints/${ENDPOINT}`);
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(await response.text(), whole.slice(0, Math.floor(whole.length / 2)));
});

onBoth("a reset meets a large request before it is read", {}, async (send, local) => {
  local.setFaults({ failRate: { resetBeforeRead: 1 } });
  await assertRejects(() => send("POST", "/v2/batch_status", "x".repeat(8_000_000)), TypeError);
});

Deno.test("a reset over HTTP is one of the socket", async () => {
  await using local = await startLocalService({ workers: 1, faults: { failRate: { resetAfterTaken: 1 } } });
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(local.baseUrl).port) });
  const code = await new Promise((resolve, reject) => {
    socket.on("error", (error) => resolve((error as Error & { code?: string }).code));
    socket.on("end", () => reject(new Error("The connection was closed in good order")));
    socket.write(`GET /v2/version HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  });
  assertEquals(code, "ECONNRESET");
});

onBoth("failOnly and failNext choose who is met", {}, async (send, local) => {
  local.setFaults({
    failNext: ["none", "unavailable"],
    failRate: { serverError: 1 },
    failOnly: ({ method, path }) => method === "GET" && path === "/v2/authenticate",
  });
  const statuses = [];
  for (
    const path of ["/v2/authenticate", "/v2/version", "/v2/authenticate", "/v2/authenticate", "/v2/endpoints"]
  ) {
    const response = await send("GET", path);
    await response.body?.cancel();
    statuses.push(response.status);
  }
  assertEquals(statuses, [200, 200, 503, 500, 200]);
});

onBoth(
  "a browser's page meets no fault with its preflight, and a foreign one none at all",
  {},
  async (send, local) => {
    local.setFaults({ failRate: { serverError: 1 } });
    const preflight = await send("OPTIONS", "/v2/tasks", undefined, { origin: "http://localhost:3000" });
    assertEquals([preflight.status, preflight.headers.get("access-control-allow-origin")], [
      204,
      "http://localhost:3000",
    ]);
    const foreign = await send("GET", "/v2/version", undefined, { origin: "https://example.org" });
    await foreign.body?.cancel();
    assertEquals(foreign.status, 403);
  },
);

/** The kinds that so many requests meet. */
function kindsOf(faults: Faults, count: number): (FaultKind | undefined)[] {
  const state = createFaultState(faults);
  return Array.from({ length: count }, () => state.nextEncounter({ method: "GET", path: "/" }).kind);
}

Deno.test("the same seed lets the same requests fail", async () => {
  const failRate = { unavailable: 0.2, truncatedJson: 0.2, resetBeforeRead: 0.1 };
  await using local = createLocalService({ faults: { seed: 7, failRate } });
  const send = sender(local);
  const run = async () => {
    const seen = [];
    for (let i = 0; i < 100; i++) seen.push((await meet(send("GET", "/v2/version")))[0]);
    return seen;
  };
  const first = await run();
  local.setFaults({ seed: 7, failRate });
  assertEquals(await run(), first);
  local.setFaults({ seed: 8, failRate });
  assertNotEquals(await run(), first);
  assertEquals(kindsOf({ failRate }, 50), kindsOf({ seed: 0, failRate }, 50));
});

Deno.test("each kind meets the share of requests that it is given, with any seed", () => {
  for (const seed of [0, 1, -1, 2 ** 31, 2 ** 40 + 5, Number.MAX_SAFE_INTEGER]) {
    const failRate = Object.fromEntries(FAULT_KINDS.map((kind, i) => [kind, 0.02 * (i + 1)]));
    const kinds = kindsOf({ seed, failRate }, 20_000);
    for (const [kind, rate] of Object.entries(failRate)) {
      const share = kinds.filter((met) => met === kind).length / kinds.length;
      assert(Math.abs(share - rate) < 0.012, `${kind} with seed ${seed}: ${share} for ${rate}`);
    }
  }
  const [always, never] = [
    kindsOf({ failRate: { htmlPage: 1 } }, 1000),
    kindsOf({ failRate: { htmlPage: 0 } }, 1000),
  ];
  assertEquals([always.every((kind) => kind === "htmlPage"), never.some(Boolean)], [true, false]);
});

Deno.test("latencyMs holds answers back, for what was asked to be done nevertheless", async () => {
  const clock = createManualClock();
  await using local = createLocalService({ clock, faults: { latencyMs: 500 } });
  const send = sender(local);
  let isThere = false;
  const answer = send("GET", "/v2/version").then((response) => (isThere = true, response));
  await clock.untilSleeping(1);
  clock.advance(499);
  assertEquals(isThere, false);
  clock.advance(1);
  assertEquals((await answer).status, 200);

  // A caller who gives up has still had it done.
  const giveUp = new AbortController();
  const body = { tasks: { [HELLO]: [NO_ARGUMENTS] } };
  const lost = send("POST", `/v3/endpoints/${ENDPOINT}/submit`, body, {}, { signal: giveUp.signal });
  await clock.untilSleeping(1);
  const reason = new Error("no longer");
  giveUp.abort(reason);
  assertEquals(await assertRejects(() => lost), reason);
  assertEquals(local.runs.map(({ functionId }) => functionId), [HELLO]);

  // Who is waiting when the service is closed is told so.
  const waiting = send("GET", "/v2/version");
  await clock.untilSleeping(2);
  await local.close();
  await assertRejects(() => waiting, TypeError, "reset");
  await assertRejects(() => send("GET", "/v2/version"), TypeError, "reset");
});

Deno.test("latencyMs is drawn between two ends", () => {
  const state = createFaultState({ latencyMs: [100, 200], queueDelayMs: [10, 20] });
  const latencies = Array.from(
    { length: 1000 },
    () => state.nextEncounter({ method: "GET", path: "/" }).latencyMs,
  );
  const delays = Array.from({ length: 1000 }, () => state.nextQueueDelayMs());
  for (const [values, least, most] of [[latencies, 100, 200], [delays, 10, 20]] as const) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    assert(low >= least && low < least * 1.1 && high <= most && high > most * 0.95, `${low} to ${high}`);
  }
});

Deno.test("faults that make no sense are a RangeError", async () => {
  const wrong: [faults: object, text: string][] = [
    [{ seed: 1.5 }, "Cannot use 'seed': it must be a whole number"],
    [{ seed: NaN }, "Cannot use 'seed': it must be a whole number"],
    [{ latencyMs: -1 }, "Cannot use 'latencyMs' -1"],
    [{ latencyMs: [5, 1] }, "Cannot use 'latencyMs' [5,1]"],
    [{ queueDelayMs: Infinity }, "Cannot use 'queueDelayMs'"],
    [
      { failRate: { serverError: 1.1 } },
      "Cannot use 'failRate.serverError': it must be a number from 0 to 1, not 1.1",
    ],
    [{ failRate: { serverError: NaN } }, "Cannot use 'failRate.serverError'"],
    [{ failRate: { serverError: 0.6, htmlPage: 0.6 } }, "Cannot use rates of 1.2 together"],
    [{ failRate: { tea: 0.1 } }, "Unknown kind of fault 'tea': use one of tooManyRequests,"],
    [{ failRate: { none: 0.1 } }, "Unknown kind of fault 'none'"],
    [{ failNext: ["toString"] }, "Unknown kind of fault 'toString'"],
  ];
  for (const [faults, text] of wrong) {
    assertThrows(() => createLocalService({ faults }), RangeError, text);
    await using local = createLocalService({ faults: { offline: true } });
    assertThrows(() => local.setFaults(faults), RangeError, text);
  }
  const failRate = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 1 / 9]));
  createLocalService({ faults: { failRate, seed: -3 } });
  await assertRejects(() => startLocalService({ workers: 1, faults: { seed: 0.5 } }), RangeError, "seed");
  assertThrows(() => createLocalService({ maxRecords: -1 }), RangeError, "maxRecords");
  assertThrows(() => createLocalService({ maxRequestsPer10s: 0 }), RangeError, "maxRequestsPer10s");
});
