/** Proves what a journal of the caller's is told of a submission, when, and what comes of what it throws. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  batchRunJournaled,
  type ComputeEvent,
  type ComputeHttpError,
  ComputeNetworkError,
  ComputeSubmissionError,
  type SubmissionJournal,
  type SubmitCallOptions,
} from "../../mod.ts";
import { type Answer, never } from "../support/observed_fetch.ts";
import {
  ENDPOINT_ID,
  group,
  GROUP_ID,
  id,
  receipt,
  setUp,
  SUBMIT,
  TASK_GROUP,
  untilSent,
} from "../support/task_helpers.ts";

const F = id(7000);
const BUSY = () => new Response(null, { status: 429, headers: { "retry-after": "5" } });
const UNREACHED = new TypeError("fetch failed", {
  cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }),
});
const LOST = new TypeError("fetch failed");

function batchOf(count: number) {
  return {
    endpointId: ENDPOINT_ID,
    tasks: Array.from({ length: count }, (_, x) => ({ functionId: F, args: [x] })),
  };
}

/** A journal that writes down what it is told, and throws where `failAt` says so. */
function journalOf(log: unknown[], failAt: Record<string, unknown> = {}): Required<SubmissionJournal> {
  const tell =
    (what: string) => async (request: { start: number; count: number; taskIds?: readonly string[] }) => {
      await Promise.resolve(); // What comes next waits for it.
      const { start, count, taskIds } = request;
      log.push([what, start, count, ...taskIds ?? []]);
      const at = `${what} ${start}`;
      if (at in failAt) throw failAt[at];
    };
  return { sending: tell("sending"), refused: tell("refused"), accepted: tell("accepted") };
}

/** A world whose requests stand in the log too. */
function setUpLog(options: Parameters<typeof setUp>[0] = {}) {
  const log: unknown[] = [];
  const world = setUp(options);
  const answer = (...answers: Answer[]) =>
    world.fetch.queue(
      SUBMIT,
      ...answers.map((one) => async (sent: Parameters<Extract<Answer, (...args: never) => unknown>>[0]) => {
        log.push("request");
        if (one instanceof Error) throw one;
        return one instanceof Response ? one : await one(sent);
      }),
    );
  const run = (count: number, failAt?: Record<string, unknown>, more: SubmitCallOptions = {}) =>
    batchRunJournaled(world.client, batchOf(count), journalOf(log, failAt), {
      maxTasksPerRequest: 2,
      ...more,
    });
  return { ...world, log, answer, run };
}

Deno.test("a journal is told of each attempt before it leaves, and of what became of it before the next one", async () => {
  const { log, answer, run, clock, fetch } = setUpLog({ maxAttempts: 4 });
  answer(BUSY, UNREACHED, receipt({ [F]: [id(1), id(2)] }), BUSY, receipt({ [F]: [id(3)] }));
  const { taskIds } = await clock.runUntil(run(3));
  assertEquals(taskIds, [id(1), id(2), id(3)]);
  assertEquals(log, [
    ...[["sending", 0, 2], "request", ["refused", 0, 2]],
    ...[["sending", 0, 2], "request", ["refused", 0, 2]],
    ...[["sending", 0, 2], "request", ["accepted", 0, 2, id(1), id(2)]],
    ...[["sending", 2, 1], "request", ["refused", 2, 1]],
    ...[["sending", 2, 1], "request", ["accepted", 2, 1, id(3)]],
  ]);
  fetch.assertExhausted();
});

Deno.test("a journal is given all that the service gave for a request", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, receipt({ [F]: [id(1)] }));
  const told: unknown[] = [];
  const journal: SubmissionJournal = { sending() {}, accepted: (request) => void told.push(request) };
  const { taskIds, ...rest } = await clock.runUntil(batchRunJournaled(client, batchOf(1), journal));
  assertEquals(told, [{ start: 0, count: 1, taskIds, ...rest }]);
  assertEquals(rest, { endpointId: ENDPOINT_ID, taskGroupId: GROUP_ID, requestIds: [id(900)] });
});

Deno.test("a journal is told that a request leaves once the rate lets it through, and not before", async () => {
  const { promise: itsTurn, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: waiting, resolve: wait } = Promise.withResolvers<void>();
  const { log, answer, run, clock } = setUpLog({
    limiter: { acquire: () => (wait(), itsTurn), pause: () => {} },
  });
  answer(receipt({ [F]: [id(1)] }));
  const call = run(1);
  await waiting;
  await clock.advance(60_000);
  assertEquals(log, []);
  letGo();
  await clock.runUntil(call);
  assertEquals(log, [["sending", 0, 1], "request", ["accepted", 0, 1, id(1)]]);
});

Deno.test("what `sending` throws keeps the first request from leaving, and is the error of the call", async () => {
  const { log, run, clock } = setUpLog({ maxAttempts: 4 });
  const error = new ComputeNetworkError("no store", { unreached: true }); // One after which requests are sent again.
  const thrown = await clock.runUntil(run(3, { "sending 0": error }).catch((thrown: unknown) => thrown));
  assertStrictEquals(thrown, error);
  assertEquals(log, [["sending", 0, 2]]);
});

Deno.test("what `sending` throws of a later request is the cause of an error that has what was taken", async () => {
  const { log, answer, run, clock } = setUpLog();
  answer(receipt({ [F]: [id(1), id(2)] }));
  const cause = new Error("no store");
  const error = await clock.runUntil(
    assertRejects(() => run(5, { "sending 2": cause }), ComputeSubmissionError, "no store"),
  );
  assertStrictEquals(error.cause, cause);
  const accepted = [id(1), id(2)].map((taskId, index) => ({ index, taskId }));
  assertEquals([error.accepted, error.ambiguous, error.taskGroupId], [accepted, false, GROUP_ID]);
  assertEquals(log, [["sending", 0, 2], "request", ["accepted", 0, 2, id(1), id(2)], ["sending", 2, 2]]);
});

Deno.test("what `accepted` throws keeps the next request from leaving, and loses nothing of what was taken", async () => {
  const { log, answer, run, clock } = setUpLog();
  answer(receipt({ [F]: [id(1), id(2)] }));
  const cause = new Error("no store");
  const error = await clock.runUntil(
    assertRejects(() => run(3, { "accepted 0": cause }), ComputeSubmissionError, "(2 accepted): no store"),
  );
  assertStrictEquals(error.cause, cause);
  const accepted = [id(1), id(2)].map((taskId, index) => ({ index, taskId }));
  assertEquals([error.accepted, error.ambiguous, error.taskGroupId], [accepted, false, GROUP_ID]);
  assertEquals(log, [["sending", 0, 2], "request", ["accepted", 0, 2, id(1), id(2)]]);
});

Deno.test("the receipt is handed over where all was taken, whatever `accepted` throws of the last request", async () => {
  const { answer, run, clock } = setUpLog();
  answer(receipt({ [F]: [id(1), id(2)] }), receipt({ [F]: [id(3)] }));
  const { taskIds } = await clock.runUntil(run(3, { "accepted 2": new Error("no store") }));
  assertEquals(taskIds, [id(1), id(2), id(3)]);
});

Deno.test("what `refused` throws keeps the request from being sent again, and the refusal is told as it was", async () => {
  const events: ComputeEvent[] = [];
  const { log, answer, run, clock } = setUpLog({
    maxAttempts: 4,
    onEvent: (event) => void events.push(event),
  });
  answer(BUSY);
  const error = new Error("no store");
  const thrown = await clock.runUntil(run(1, { "refused 0": error }).catch((thrown: unknown) => thrown));
  assertStrictEquals(thrown, error);
  assertEquals(log, [["sending", 0, 1], "request", ["refused", 0, 1]]);
  const [first] = events.filter(({ kind }) => kind === "request");
  assertEquals(first?.kind === "request" && first.status, 429);
});

Deno.test("a journal hears that a batch was refused, and the refusal is the error of the call", async () => {
  const { log, answer, run, clock } = setUpLog();
  answer(receipt({ [F]: [id(1), id(2)] }), new Response(null, { status: 422 }));
  const error = await clock.runUntil(assertRejects(() => run(5), ComputeSubmissionError));
  assertEquals([(error.cause as ComputeHttpError).status, error.ambiguous], [422, false]);
  assertEquals(log.slice(3), [["sending", 2, 2], "request", ["refused", 2, 2]]);
});

Deno.test("a journal is told nothing of a lost answer, and no task is taken for ours in a group that it was told", async () => {
  const { log, answer, run, clock, fetch } = setUpLog();
  answer(receipt({ [F]: [id(1), id(2)] }), LOST);
  fetch.always(TASK_GROUP, () => group(id(1), id(2), id(3)));
  const error = await clock.runUntil(
    assertRejects(() => run(3), ComputeSubmissionError, "2 accepted, 1 more found"),
  );
  assertEquals([error.ambiguous, error.recoveredTaskIds], [true, [id(3)]]);
  assertEquals(log.slice(3), [["sending", 2, 1], "request"]);
});

Deno.test("a call that is given up while its request travels leaves it in doubt in the journal", async () => {
  const { log, answer, run, clock, fetch } = setUpLog();
  answer(never);
  const stop = new AbortController();
  const call = assertRejects(() => run(1, {}, { signal: stop.signal }), ComputeSubmissionError);
  await untilSent(fetch);
  stop.abort(new Error("enough"));
  assertEquals((await clock.runUntil(call)).ambiguous, true);
  assertEquals(log, [["sending", 0, 1], "request"]);
});

Deno.test("a call that is given up while `sending` writes is not sent, and the journal hears so", async () => {
  for (const error of [undefined, new Error("no store")]) {
    const { promise: written, resolve: write } = Promise.withResolvers<void>();
    const { promise: writing, resolve: begin } = Promise.withResolvers<void>();
    const { client, fetch, clock } = setUp();
    const log: string[] = [];
    const journal: SubmissionJournal = {
      async sending() {
        begin();
        await written;
        log.push("sending");
        if (error !== undefined) throw error;
      },
      refused: () => void log.push("refused"),
      accepted: () => void log.push("accepted"),
    };
    const stop = new AbortController();
    const reason = new Error("enough");
    const call = batchRunJournaled(client, batchOf(1), journal, { signal: stop.signal }).catch((
      thrown: unknown,
    ) => thrown);
    await writing;
    stop.abort(reason);
    await clock.advance(1_000);
    write();
    assertStrictEquals(await clock.runUntil(call), error ?? reason);
    assertEquals([log, fetch.sent.length], [error === undefined ? ["sending", "refused"] : ["sending"], 0]);
  }
});

Deno.test("what its records tell of a batch that was taken in part is enough to submit the rest", async () => {
  const first = setUpLog();
  first.answer(receipt({ [F]: [id(1), id(2)] }), new Response(null, { status: 422 }));
  await first.clock.runUntil(assertRejects(() => first.run(3), ComputeSubmissionError));
  const next = setUpLog();
  next.fetch.always(TASK_GROUP, () => group(id(1), id(2)));
  next.answer(LOST);
  const batch = { ...batchOf(3), taskGroupId: GROUP_ID };
  const journal = journalOf(next.log);
  const rest = { ...batch, tasks: batch.tasks.slice(2) };
  const error = await next.clock.runUntil(
    assertRejects(() => batchRunJournaled(next.client, rest, journal), ComputeSubmissionError),
  );
  // What was in the group before is known, and is not found again.
  assertEquals([error.ambiguous, error.recoveredTaskIds, next.fetch.sent[0]?.route], [true, [], TASK_GROUP]);
  assertEquals(next.log, [["sending", 0, 1], "request"]);
});

Deno.test("a journal has what it needs", async () => {
  const { client, fetch } = setUp();
  const journal = journalOf([]);
  for (const name of ["sending", "accepted"] as const) {
    const lacking = { ...journal, [name]: undefined } as unknown as SubmissionJournal;
    await assertRejects(
      () => batchRunJournaled(client, batchOf(1), lacking),
      TypeError,
      `it has no ${name}()`,
    );
  }
  assertEquals(fetch.sent.length, 0);
});
