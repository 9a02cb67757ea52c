/** A delivery that is not authentic, or is no event of its hook, does not reach the hook and leaves nothing behind. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as v from "valibot";
import { setUpEdge } from "../edge_helpers.ts";
import { delivery, NOW_MS } from "../verify/deliveries.ts";
import { STANDARD_WEBHOOKS } from "../verify/schemes.ts";
import { checkRefusal, LIMITS, MAX_BODY, type RefusedDelivery } from "./refused_delivery.ts";

const UNVERIFIED = { status: 401, type: "not-verified" };
const UNKNOWN = { status: 503, type: "verifier-unavailable", cause: "could not find out", retryAfter: "10" };
const NOT_JSON = { status: 400, type: "not-json", cause: "no JSON" };
const DEEP = { status: 400, type: "nested-too-deeply", cause: "too deeply" };
const INVALID = { status: 422, type: "payload-invalid", cause: "schema" };
const NO_ID = {
  status: 400,
  type: "delivery-id-missing",
  hook: { verify: () => Promise.resolve({ isVerified: true as const }) },
};

/** The header fields of a delivery that was signed at another time. */
function signedAt(seconds: number): Record<string, string> {
  const timestamp = String(NOW_MS / 1000 + seconds);
  return STANDARD_WEBHOOKS.sign(delivery({ body: '"old"', timestamp }), STANDARD_WEBHOOKS.secret);
}

const schema = v.object({
  ref: v.string(),
  commits: v.array(v.object({ id: v.pipe(v.string(), v.minLength(9)) })),
});
const broken = () => {
  throw new Error("oh, a secret");
};

const TABLE: Record<string, RefusedDelivery> = {
  "no signature": { ...UNVERIFIED, cause: "webhook-signature", headers: { "webhook-signature": "" } },
  "a delivery of six minutes ago": {
    ...UNVERIFIED,
    cause: "timestamp",
    body: '"old"',
    headers: signedAt(-360),
  },
  "a delivery of six minutes from now": {
    ...UNVERIFIED,
    cause: "timestamp",
    body: '"old"',
    headers: signedAt(360),
  },
  "what a verifier says nothing of": {
    ...UNVERIFIED,
    cause: "said nothing",
    hook: { verify: () => Promise.resolve(undefined as never) },
  },
  "what a verifier says yes to by mistake": {
    ...UNVERIFIED,
    cause: "said nothing",
    hook: { verify: () => Promise.resolve({ isVerified: "no" } as never) },
  },
  "what a verifier cannot find out": {
    ...UNKNOWN,
    hook: { verify: () => Promise.reject(new Error("no keys")) },
  },
  "what a verifier chokes on": { ...UNKNOWN, hook: { verify: broken } },
  "what a verifier never answers": {
    ...UNKNOWN,
    hook: { verify: () => new Promise(() => {}) },
    afterMs: 10_000,
  },
  "nothing": { ...NOT_JSON, body: "" },
  "a word": { ...NOT_JSON, body: "main" },
  "half of a document": { ...NOT_JSON, body: '{"ref":' },
  "bytes that are no UTF-8": { ...NOT_JSON, body: new Uint8Array([0x22, 0xff, 0x22]) },
  "arrays that are nested too deeply": { ...DEEP, body: "[".repeat(9) + "]".repeat(9) },
  "nesting as deep as the body is long": { ...DEEP, body: "[".repeat(MAX_BODY) },
  "objects that are nested too deeply, behind quotes": {
    ...DEEP,
    body: `["\\"]","\\\\",${'{"]":'.repeat(8)}1${"}".repeat(8)}]`,
  },
  "an event of another type": { ...INVALID, hook: { payload: schema }, body: '"secret"' },
  "an event with parts of another type": {
    ...INVALID,
    hook: { payload: schema },
    body: '{"ref":"main","commits":[{"id":"secret"}]}',
    says: '"issues":[{"path":["commits",0,"id"],"message":"Invalid length: Expected >=9"}]',
  },
  "an event with a hundred parts of another type": {
    ...INVALID,
    hook: { payload: schema },
    body: JSON.stringify({ ref: "main", commits: Array(100).fill(1) }),
    says: '{"path":["commits",19],"message":"Invalid type: Expected Object"}]}',
  },
  "an event that its schema chokes on": {
    status: 500,
    type: "hook-failed",
    cause: "The hook failed",
    hook: { payload: { "~standard": { version: 1, vendor: "test", validate: broken } } },
  },
  "a delivery without an id": { ...NO_ID, cause: "no id" },
  "an id in no quotes": { ...NO_ID, cause: "no string in quotes", headers: { "idempotency-key": "a" } },
  "an id that stood for other bytes": {
    status: 422,
    type: "delivery-id-reused",
    cause: "other bytes",
    before: (edge) => edge.handler(edge.request("first")),
    keys: 1,
  },
};

for (const [name, row] of Object.entries(TABLE)) {
  Deno.test(`receive() answers ${name} with ${row.status}`, () => checkRefusal(row));
}

Deno.test("receive() takes what keeps to the limits, and looks deep", async () => {
  await using edge = await setUpEdge({ options: { limits: LIMITS }, hook: { payload: schema } });
  const event = { ref: "[[[[[[[[[[", commits: [{ id: '{"[\\"{"' + "x".repeat(3_900) }] };
  const request = edge.request(event);
  request.headers.set("content-type", 'Application/vnd.lab.scan+JSON; charset="utf-8"');
  assertEquals((await edge.handler(request)).status, 202);
  assertEquals(edge.runs(), [JSON.stringify(event)]);
  const deepest = { ref: "a", commits: [{ id: "123456789", deep: [[[[[]]]]] }] };
  assertEquals((await edge.handler(edge.request(deepest, "msg_2"))).status, 202);
  const longest = { ref: "", commits: [] };
  longest.ref = "x".repeat(MAX_BODY - JSON.stringify(longest).length);
  assertEquals((await edge.handler(edge.request(longest, "msg_3"))).status, 202);
  const noBody = new Request("https://hooks.example.org/hooks/push", {
    method: "POST",
    headers: { "content-type": "application/json" },
  });
  assertEquals((await edge.handler(noBody)).status, 401);
});

Deno.test("receive() is not held up by what a schema says of a long value", async () => {
  await using edge = await setUpEdge({
    hook: { payload: v.pipe(v.string(), v.check(() => false, (issue) => `${issue.input} is bad`)) },
  });
  for (const text of [" ".repeat(1_000_000), "secret, received ".repeat(50_000)]) {
    const startMs = performance.now();
    const answer = await (await edge.handler(edge.request(text))).text();
    assertStringIncludes(answer, '"message":"… is bad"');
    assert(performance.now() - startMs < 5_000);
  }
  await using other = await setUpEdge({ hook: { payload: v.number() } });
  const answer = await (await other.handler(other.request(" ".repeat(1_000_000)))).text();
  assertStringIncludes(answer, '"message":"Invalid type: Expected number"');
});
