/**
 * The time of day is set forward or back by an hour, as a person or NTP does it, while a client works: what it waits
 * for and measures goes on as if nothing had happened.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  callFunction,
  clientCredentials,
  ComputeTimeoutError,
  getEndpointStatus,
  jwt,
  rateLimiter,
  type TaskProgress,
  waitForBatch,
} from "../../mod.ts";
import { ask, setUpAuth, STATUS, TOKEN } from "../auth/auth_helpers.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { json } from "../support/observed_fetch.ts";
import {
  BATCH_STATUS,
  ENDPOINT_ID,
  type Entry,
  id,
  PENDING,
  setUp,
  statusOf,
  SUBMIT,
  success,
  untilSent,
} from "../support/task_helpers.ts";

const HOUR_MS = 3_600_000;
const STEPS = [-HOUR_MS, HOUR_MS];

function named(stepMs: number): string {
  return stepMs < 0 ? "an hour back" : "an hour ahead";
}

for (const stepMs of STEPS) {
  Deno.test(`the limiter waits for its window and no longer when the clock is set ${named(stepMs)}`, async () => {
    const clock = new ManualClock();
    const limiter = rateLimiter({ clock });
    for (let sent = 0; sent < 20; sent++) await limiter.acquire();
    clock.step(stepMs);
    assertEquals(limiter.usedShare?.(), 1);
    let isThrough = false;
    const next = limiter.acquire().then(() => void (isThrough = true));
    await clock.advance(9_999);
    assertEquals(isThrough, false); // Not at once either.
    await clock.advance(200);
    assertEquals(isThrough, true);
    await next;
  });

  Deno.test(`a pause that the service asks for lasts as long when the clock is set ${named(stepMs)}`, async () => {
    const { client, fetch, clock } = setUp({ maxAttempts: 2 });
    fetch.queue(STATUS, () => new Response("", { status: 429, headers: { "retry-after": "5" } }));
    fetch.always(STATUS, () => json({ status: "online", details: {} }));
    const startMs = clock.monotonicMs();
    const asked = getEndpointStatus(client, ENDPOINT_ID);
    await untilSent(fetch);
    clock.step(stepMs);
    await clock.runUntil(asked);
    const waitedMs = clock.monotonicMs() - startMs;
    assert(waitedMs >= 5_000 && waitedMs < 6_000, `${waitedMs}`);
  });

  Deno.test(`a wait asks within seconds when the clock is set ${named(stepMs)}`, async () => {
    const { client, fetch, clock } = setUp();
    const entries: Record<string, Entry> = { [id(1)]: PENDING };
    fetch.always(BATCH_STATUS, statusOf(entries));
    const seen: TaskProgress[] = [];
    const wait = waitForBatch(client, [id(1)], {
      timeoutMs: 120_000,
      onProgress: (progress) => void seen.push(progress),
    });
    await clock.advance(60_000);
    clock.step(stepMs);
    entries[id(1)] = success(1);
    const steppedMs = clock.monotonicMs();
    const [outcome] = await clock.runUntil(wait);
    assertEquals(outcome?.state, "success");
    assert(clock.monotonicMs() - steppedMs <= 10_000);
    assert(seen.every(({ unchangedMs }) => unchangedMs >= 0 && unchangedMs <= 70_000));
  });

  Deno.test(`a wait ends by its own time when the clock is set ${named(stepMs)}`, async () => {
    const { client, fetch, clock } = setUp();
    fetch.always(BATCH_STATUS, statusOf({ [id(1)]: PENDING }));
    const startMs = clock.monotonicMs();
    const wait = waitForBatch(client, [id(1)], { timeoutMs: 60_000 });
    await clock.advance(30_000);
    clock.step(stepMs);
    await assertRejects(() => clock.runUntil(wait), ComputeTimeoutError);
    assertEquals(clock.monotonicMs() - startMs, 60_000);
  });

  Deno.test(`a call goes on when the clock is set ${named(stepMs)} in the middle of its submission`, async () => {
    const { client, fetch, clock } = setUp();
    const functionId = id(7);
    let answer = (_: Response) => {};
    fetch.queue(SUBMIT, () => new Promise<Response>((resolve) => answer = resolve));
    fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(42) }));
    const call = callFunction(client, { endpointId: ENDPOINT_ID, functionId, args: [] }, {
      timeoutMs: 60_000,
    });
    await clock.advance(100);
    assertEquals(fetch.sent.map(({ route }) => route), [SUBMIT]);
    clock.step(stepMs);
    answer(json({
      request_id: "r",
      task_group_id: id(9),
      endpoint_id: ENDPOINT_ID,
      tasks: { [functionId]: [id(1)] },
    }));
    assertEquals(await clock.runUntil(call), 42);
    assertEquals(fetch.sent.map(({ route }) => route), [SUBMIT, BATCH_STATUS]);
  });

  Deno.test(`a token is renewed by the time that it lasts when the clock is set ${named(stepMs)}`, async () => {
    const world = setUpAuth({ expires_in: 600 });
    const client = world.connect(clientCredentials({ clientId: "id", clientSecret: "secret" }));
    await ask(client);
    world.clock.step(stepMs);
    await ask(client);
    // Ahead of its time it is renewed once: whoever sleeps through its end has the time of day alone to tell.
    const early = stepMs > 0 ? 1 : 0;
    assertEquals(world.grants().length, 1 + early);
    await world.clock.advance(539_000);
    await ask(client);
    assertEquals(world.grants().length, 1 + early);
    await world.clock.advance(1_001);
    await ask(client);
    assertEquals(world.grants().length, 2 + early);
    assertEquals(world.fetch.sent.filter(({ route }) => route === TOKEN).length, 2 + early);
  });

  Deno.test(`a JWT is signed anew when the clock is set ${named(stepMs)}`, async () => {
    const { client, fetch, clock } = setUp({
      authorizer: jwt({
        key: new TextEncoder().encode("0123456789abcdef0123456789abcdef"),
        algorithm: "HS256",
        issuer: "https://portal.example.org",
        audience: "https://compute.example.org",
      }),
    });
    fetch.always(STATUS, () => json({ status: "online", details: {} }));
    await ask(client);
    await ask(client);
    clock.step(stepMs);
    await ask(client);
    await ask(client);
    const tokens = fetch.sent.map(({ headers }) => headers.get("authorization"));
    assertEquals([tokens[0] === tokens[1], tokens[1] === tokens[2], tokens[2] === tokens[3]], [
      true,
      false,
      true,
    ]);
  });
}
