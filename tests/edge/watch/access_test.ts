/** Links, tokens and passwords open what they are for, and nothing else. */
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { SignJWT } from "jose";
import { batchLink } from "../../../edge/watch/batch_link.ts";
import { success } from "../../support/task_helpers.ts";
import { AS_OPERATOR, BASE_URL, BATCH_ID, OPERATOR_TOKEN, seedBatch, setUpWatch } from "./watch_helpers.ts";

const SECRET = "a secret with which the tests sign links";
const ROUTES = ["", "/view", "/events", "/results.json", "/results.csv"];

async function capabilityOf(link: Promise<string>): Promise<string> {
  return new URL(await link).searchParams.get("capability") ?? "";
}

function basic(password: string): Record<string, string> {
  return { authorization: `Basic ${btoa(`anybody:${password}`)}` };
}

/** All that a stranger could tell one answer from another by. */
async function told(response: Response): Promise<string> {
  return JSON.stringify([response.status, [...response.headers], await response.text()]);
}

Deno.test("batchLink() opens the batch that it is for, on each of its routes", async () => {
  const { context, clock, get, store } = await setUpWatch();
  await seedBatch({ store, clock }, [success(1)]);
  const link = await batchLink(context, BATCH_ID);
  assert(link.startsWith(`${BASE_URL}/batches/${BATCH_ID}/view?capability=`));
  const capability = await capabilityOf(Promise.resolve(link));
  for (const route of ROUTES) {
    const byAddress = await get(`/batches/${BATCH_ID}${route}?capability=${capability}`);
    assertEquals(byAddress.status, 200, route);
    await byAddress.body?.cancel();
    const asBearer = await get(`/batches/${BATCH_ID}${route}`, {
      headers: { authorization: `Bearer ${capability}` },
    });
    assertEquals(asBearer.status, 200, route);
    await asBearer.body?.cancel();
  }
});

Deno.test("batchLink() signs with the first secret, and all are taken", async () => {
  const old = await setUpWatch({ linkSecrets: [SECRET] });
  const rotated = await setUpWatch({ linkSecrets: ["the new secret, which has as many characters", SECRET] });
  await seedBatch(rotated, [success(1)]);
  const capability = await capabilityOf(batchLink(old.context, BATCH_ID));
  assertEquals((await rotated.get(`/batches/${BATCH_ID}?capability=${capability}`)).status, 200);
  const fresh = await capabilityOf(batchLink(rotated.context, BATCH_ID));
  assertEquals((await rotated.get(`/batches/${BATCH_ID}?capability=${fresh}`)).status, 200);
  await seedBatch(old, [success(1)]);
  assertEquals((await old.get(`/batches/${BATCH_ID}?capability=${fresh}`)).status, 401);
});

Deno.test("a link that has expired says so, and how to get another one", async () => {
  const { context, clock, get, store } = await setUpWatch({ linkLifetimeSeconds: 60 });
  await seedBatch({ store, clock }, [success(1)]);
  const capability = await capabilityOf(batchLink(context, BATCH_ID));
  await clock.advance(59_000);
  assertEquals((await get(`/batches/${BATCH_ID}?capability=${capability}`)).status, 200);
  await clock.advance(1_000);
  const expired = await get(`/batches/${BATCH_ID}?capability=${capability}`);
  assertEquals([expired.status, (await expired.json()).type], [403, "urn:edge-compute:problem:link-expired"]);
  const page = await get(`/batches/${BATCH_ID}/view?capability=${capability}`);
  assertEquals([page.status, page.headers.get("content-type")], [403, "text/html; charset=utf-8"]);
  assertStringIncludes(await page.text(), "Ask whoever runs this service for a new one");
  // It was never good for another batch.
  assertEquals((await get(`/batches/other?capability=${capability}`)).status, 401);
});

Deno.test("no other token opens a batch, and all of them get the same answer", async () => {
  const { clock, get, store } = await setUpWatch();
  await seedBatch({ store, clock }, [success(1)]);
  const key = new TextEncoder().encode(SECRET);
  const nowSeconds = Math.floor(clock.nowMs() / 1000);
  const claims = { aud: `/batches/${BATCH_ID}`, iat: nowSeconds, exp: nowSeconds + 60 };
  const header = { alg: "HS256", typ: "batch-link+jwt" };
  const sign = (changed: object, changedHeader: object = {}, changedKey = key) =>
    new SignJWT({ ...claims, ...changed }).setProtectedHeader({ ...header, ...changedHeader }).sign(
      changedKey,
    );
  const good = await sign({});
  assertEquals((await get(`/batches/${BATCH_ID}?capability=${good}`)).status, 200);
  const unsigned = `${btoa('{"alg":"none","typ":"batch-link+jwt"}').replaceAll("=", "")}.${
    good.split(".")[1]
  }.`;
  const [head, body, signature = ""] = good.split(".");
  const bad: Record<string, string> = {
    none: "",
    text: "no-jwt",
    long: "a".repeat(5_000),
    unsigned,
    "another signature": `${head}.${body}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`,
    "no signature": `${head}.${body}.`,
    "another secret": await sign({}, {}, new TextEncoder().encode(SECRET.toUpperCase())),
    "another algorithm": await sign({}, { alg: "HS512" }),
    "another type": await sign({}, { typ: "JWT" }),
    "no type": await sign({}, { typ: undefined }),
    "another batch": await sign({ aud: "/batches/other" }),
    "no audience": await sign({ aud: undefined }),
    "no end": await sign({ exp: undefined }),
    "no beginning": await sign({ iat: undefined }),
    "not yet good": await sign({ nbf: nowSeconds + 30 }),
    "expired, for another batch": await sign({ aud: "/batches/other", exp: nowSeconds - 1 }),
  };
  for (const route of ROUTES) {
    const expected = await told(await get(`/batches/${BATCH_ID}${route}`));
    for (const [name, capability] of Object.entries(bad)) {
      assertEquals(
        await told(await get(`/batches/${BATCH_ID}${route}?capability=${capability}`)),
        expected,
        name,
      );
      const headers = { authorization: `Bearer ${capability}` };
      assertEquals(await told(await get(`/batches/${BATCH_ID}${route}`, { headers })), expected, name);
    }
    // Whether there is such a batch cannot be told either.
    assertEquals(await told(await get(`/batches/another${route}?capability=${good}`)), expected);
    assertEquals(await told(await get(`/batches/another${route}`)), expected);
  }
});

Deno.test("where nobody is known, a batch without a link is one that is not there", async () => {
  const { clock, get, store } = await setUpWatch({ operator: undefined } as never);
  await seedBatch({ store, clock }, [success(1)]);
  for (const route of ROUTES) {
    const expected = await told(await get(`/batches/another${route}`));
    assertStringIncludes(expected, "404");
    assertEquals(await told(await get(`/batches/${BATCH_ID}${route}`)), expected);
  }
  assertEquals((await get("/")).status, 404);
});

Deno.test("an operator is let in by its token, and in a browser by a password", async () => {
  const { clock, get, store } = await setUpWatch();
  await seedBatch({ store, clock }, [success(1)]);
  for (const path of ["/", `/batches/${BATCH_ID}/view`]) {
    const stranger = await get(path);
    assertEquals(stranger.status, 401);
    assertEquals(stranger.headers.get("www-authenticate"), 'Basic realm="batches", charset="UTF-8"');
    assertEquals((await get(path, { headers: AS_OPERATOR })).status, 200);
    assertEquals((await get(path, { headers: basic(OPERATOR_TOKEN) })).status, 200);
    for (
      const headers of [basic("wrong"), basic(""), { authorization: "Basic !" }, {
        authorization: "Basic QQ==",
      }]
    ) {
      assertEquals((await get(path, { headers })).status, 401);
    }
  }
  const json = await get(`/batches/${BATCH_ID}`);
  assertEquals([json.status, json.headers.get("www-authenticate")], [401, 'Bearer realm="batches"']);
  assertEquals((await get("/batches/another", { headers: AS_OPERATOR })).status, 404);
});

Deno.test("a viewer sees batches, and no more than that", async () => {
  const { clock, get, store } = await setUpWatch({
    viewer: ({ headers }) =>
      Promise.resolve(
        headers.get("x-member") === "yes" ? { isVerified: true } : { isVerified: false, cause: "no member" },
      ),
  });
  await seedBatch({ store, clock }, [success(1)]);
  const headers = { "x-member": "yes" };
  assertEquals((await get(`/batches/${BATCH_ID}`, { headers })).status, 200);
  const page = await (await get(`/batches/${BATCH_ID}/view`, { headers })).text();
  assert(!page.includes("All batches"));
  assertEquals((await get("/", { headers })).status, 401);
  const decision = {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: "{}",
  };
  assertEquals((await get(`/batches/${BATCH_ID}/decision`, decision)).status, 403);
});

Deno.test("a verifier that cannot find out is said to be away, and a link opens all the same", async () => {
  const causes: string[] = [];
  const { clock, get, getByLink, store } = await setUpWatch({
    operator: () => Promise.reject(new Error("the key set cannot be fetched")),
    onEvent: (event) => void causes.push("cause" in event ? event.cause ?? "" : event.kind),
  });
  await seedBatch({ store, clock }, [success(1)]);
  const away = await get(`/batches/${BATCH_ID}`);
  assertEquals([away.status, away.headers.get("retry-after")], [503, "10"]);
  assertEquals((await getByLink("")).status, 200);
  assertStringIncludes(causes[0] ?? "", "could not find out who asks");
});

Deno.test("answers about batches are kept by nobody, stand in no frame and send no address on", async () => {
  const { clock, get, getByLink, store } = await setUpWatch();
  await seedBatch({ store, clock }, [success(1)]);
  const answers = [
    ...await Promise.all(ROUTES.map((route) => getByLink(route))),
    ...await Promise.all(ROUTES.map((route) => get(`/batches/${BATCH_ID}${route}`))),
    await get("/", { headers: AS_OPERATOR }),
  ];
  for (const answer of answers) {
    const { headers } = answer;
    assertEquals(
      [headers.get("cache-control"), headers.get("referrer-policy"), headers.get("x-content-type-options")],
      ["no-store", "no-referrer", "nosniff"],
    );
    if (headers.get("content-type")?.startsWith("text/html")) {
      const policy = headers.get("content-security-policy") ?? "";
      assertStringIncludes(policy, "default-src 'none'");
      assertStringIncludes(policy, "frame-ancestors 'none'");
      assert(!policy.includes("unsafe"), policy);
      assertEquals(headers.get("x-frame-options"), "DENY");
    }
    await answer.body?.cancel();
  }
  assertNotEquals(answers.length, 0);
});
