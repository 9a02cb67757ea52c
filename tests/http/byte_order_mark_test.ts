/** A byte order mark before JSON is passed over in every answer (RFC 8259, section 8.1), also where a runtime leaves it in. */
import { assertEquals, assertRejects } from "@std/assert";
import { batchRun, ComputeHttpError, getEndpointStatus, getTask, stopEndpoint } from "../../mod.ts";
import { resolveOverHttps } from "../../edge/resolve_over_https.ts";
import { fetchJson } from "../../edge/verify/fetch_json.ts";
import { parseJson } from "../../src/base/narrow.ts";
import { ENDPOINT_ID, GROUP_ID, id, setUp, SUBMIT } from "../support/task_helpers.ts";

const MARK = "\uFEFF";

/** An answer with a mark: of a body that was made of a string, Deno's `text()` leaves it in. */
function marked(value: unknown): Response {
  return new Response(MARK + JSON.stringify(value));
}

Deno.test("a mark before an answer costs no attempt: of a task, a status, a submission, a lock and an error", async () => {
  const { client, fetch, clock } = setUp({ maxAttempts: 6 });
  fetch.queue(`GET /v2/tasks/${id(1)}`, marked({ status: "running" }))
    .queue(`GET /v2/endpoints/${ENDPOINT_ID}/status`, marked({ status: "online" }))
    .queue(SUBMIT, marked({ task_group_id: GROUP_ID, tasks: { [id(7)]: [id(1)] } }))
    .queue(
      `POST /v3/endpoints/${ENDPOINT_ID}/lock`,
      new Response(`${MARK}{"lock_expiration_timestamp": 1}`),
    )
    .queue(
      `GET /v2/endpoints/${id(2)}/status`,
      new Response(`${MARK}{"code": "ENDPOINT_NOT_FOUND"}`, { status: 404 }),
    );
  const run = <T>(call: Promise<T>) => clock.runUntil(call);
  assertEquals((await run(getTask(client, id(1)))).state, "pending");
  assertEquals((await run(getEndpointStatus(client, ENDPOINT_ID))).isOnline, true);
  const tasks = [{ functionId: id(7) }];
  assertEquals((await run(batchRun(client, { endpointId: ENDPOINT_ID, tasks }))).taskIds, [id(1)]);
  assertEquals((await run(stopEndpoint(client, ENDPOINT_ID))).expiresAt?.getTime(), 1_000);
  const error = await run(assertRejects(() => getEndpointStatus(client, id(2)), ComputeHttpError));
  assertEquals(error.serviceCode, "ENDPOINT_NOT_FOUND");
  assertEquals(fetch.sent.length, 5);
  assertEquals(await marked({}).text(), `${MARK}{}`);
  fetch.assertExhausted();
});

Deno.test("a mark before a set of keys, and before the addresses of a name, is passed over", async () => {
  const keys = { keys: [] };
  const signal = new AbortController().signal;
  const fetchKeys = () => Promise.resolve(marked(keys));
  assertEquals(await fetchJson(new URL("https://keys.example.org"), fetchKeys, signal), keys);
  const fetch = () =>
    Promise.resolve(marked({ Status: 0, Answer: [{ type: 1, TTL: 60, data: "192.0.2.1" }] }));
  const resolve = resolveOverHttps({ fetch });
  assertEquals(await resolve("a.example.org", { signal }), ["192.0.2.1"]);
});

Deno.test("parseJson() passes over one mark at the start, and no other character", () => {
  assertEquals(parseJson(`${MARK}{"a": "${MARK}b"}`), { a: `${MARK}b` });
  for (const text of [`${MARK}${MARK}1`, `1${MARK}`, `\u00A01`, MARK, ""]) {
    let isTaken = true;
    try {
      parseJson(text);
    } catch {
      isTaken = false;
    }
    assertEquals(isTaken, false, JSON.stringify(text));
  }
});
