/** Proves that no error and no client shows the token or an argument. */
import { assertEquals, assertRejects } from "@std/assert";
import { inspect } from "node:util";
import {
  accessToken,
  asCompleted,
  batchRun,
  ComputeError,
  createClient,
  getBatchResult,
  getResult,
  getTask,
  registerSource,
  TaskPendingError,
} from "../../mod.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { type Answer, createObservedFetch, json } from "../support/observed_fetch.ts";
import { BATCH_STATUS, ENDPOINT_ID, id, SUBMIT, TASK } from "../support/task_helpers.ts";

const TOKEN = "Ag0123456789topsecret";
const ARGUMENT = "patient-4711";

/** Everything of an error that a log may show, its causes included. */
function shown(error: unknown): string {
  const options = { depth: Infinity, breakLength: Infinity };
  const causes = error instanceof Error && error.cause !== undefined ? shown(error.cause) : "";
  return [String(error), JSON.stringify(error), inspect(error, options), Deno.inspect(error), causes].join(
    "\n",
  );
}

for (
  const [name, answer] of [
    ["401", () => json({ code: "USER_UNAUTHENTICATED" }, { status: 401 })],
    ["403", () => json({ code: "FUNCTION_NOT_PERMITTED" }, { status: 403 })],
    ["500", () => new Response("<html>", { status: 500 })],
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "https://evil.example" } })],
    ["a lost connection", () => Promise.reject(new TypeError("fetch failed"))],
    ["a broken success", () => new Response("{")],
    ["JSON of another shape", () => json([])],
  ] satisfies [string, Answer][]
) {
  Deno.test(`no error shows the token or an argument: ${name}`, async () => {
    const fetch = createObservedFetch();
    for (const route of [SUBMIT, TASK, BATCH_STATUS, "POST /v3/functions"]) fetch.always(route, answer);
    const client = createClient({
      authorizer: accessToken(TOKEN),
      baseUrl: "https://compute.example.org",
      clock: new ManualClock(),
      fetch,
      maxAttempts: 1,
    });
    const batch = { endpointId: ENDPOINT_ID, tasks: [{ functionId: id(7), args: [ARGUMENT] }] };
    const calls = [
      () => batchRun(client, batch),
      () => getTask(client, id(1)),
      () => getBatchResult(client, [id(1)]),
      () => asCompleted(client, [id(1)], { timeoutMs: 0 }).next(),
      () => registerSource(client, { source: `def f():\n    return "${ARGUMENT}"\n` }),
    ];
    for (const call of calls) {
      const text = shown(await assertRejects(call, ComputeError));
      assertEquals(text.includes(TOKEN), false, text);
      assertEquals(text.includes(ARGUMENT), false, text);
    }
    assertEquals(fetch.sent.every(({ headers }) => headers.get("authorization")?.includes(TOKEN)), true);
  });
}

Deno.test("a client shows no token", () => {
  assertEquals(shown(createClient({ authorizer: accessToken(TOKEN) })).includes(TOKEN), false);
});

Deno.test("an error of a pending task shows no token", async () => {
  const fetch = createObservedFetch().queue(TASK, json({ status: "running" }));
  const authorizer = accessToken(TOKEN);
  const client = createClient({ authorizer, baseUrl: "https://compute.example.org", fetch });
  const error = await assertRejects(() => getResult(client, id(1)), TaskPendingError);
  assertEquals(shown(error).includes(TOKEN), false);
});
