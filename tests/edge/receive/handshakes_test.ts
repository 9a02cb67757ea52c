/** Handshakes with which senders switch an address on: each with its sender's documented example, at the handler. */
import { listAll } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { anyOf, bearer, discord, meta, microsoftGraph, slack, type Verifier } from "../../../edge/mod.ts";
import { importExample } from "../../support/run_example.ts";
import { type Edge, setUpEdge, told } from "../edge_helpers.ts";
import { NOW_MS } from "../verify/deliveries.ts";

const ADDRESS = "https://hooks.example.org/hooks/push";
const SECONDS = String(NOW_MS / 1000);
const SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
const URL_VERIFICATION = {
  token: "Jhj5dZrVaK7ZwHHjRyZWjbDl",
  challenge: "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P",
  type: "url_verification",
};

interface Answer {
  status: number;
  type: string | null;
  text: string;
}

/** Sends requests to a handler with this verifier, and holds that a handshake leaves nothing behind. */
async function answers(verify: Verifier, requests: readonly Request[], secret?: string): Promise<Answer[]> {
  await using edge = await setUpEdge({ hook: { verify } });
  const seen: Answer[] = [];
  for (const request of requests) {
    const response = await edge.handler(request);
    const text = await response.text();
    if (response.ok) assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    if (secret !== undefined) assert(!text.includes(secret));
    seen.push({ status: response.status, type: response.headers.get("content-type"), text });
  }
  assertEquals(edge.runs(), []);
  for await (const key of listAll(edge.store, "")) throw new Error(`${key} is in the store`);
  assertEquals(
    edge.events.map(({ kind }) => kind),
    seen.map(({ status }) => status < 300 ? "handshakeAnswered" : "deliveryRefused"),
  );
  return seen;
}

function slackRequest(event: object, secret = SLACK_SECRET): Request {
  const body = JSON.stringify(event);
  const mac = createHmac("sha256", secret).update(`v0:${SECONDS}:${body}`).digest("hex");
  return new Request(ADDRESS, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-slack-request-timestamp": SECONDS,
      "x-slack-signature": `v0=${mac}`,
    },
  });
}

const REFUSED = { status: 401, type: "application/problem+json" };
const statusAndType = ({ status, type }: Answer) => ({ status, type });

Deno.test("slack() answers url_verification with its challenge, where it is signed", async () => {
  const [signed, forged, odd] = await answers(slack({ secrets: [SLACK_SECRET] }), [
    slackRequest(URL_VERIFICATION),
    slackRequest(URL_VERIFICATION, "another secret"),
    slackRequest({ ...URL_VERIFICATION, challenge: { html: "<script>" } }),
  ]) as [Answer, Answer, Answer];
  assertEquals(signed, { status: 200, type: "text/plain; charset=utf-8", text: URL_VERIFICATION.challenge });
  assertEquals(statusAndType(forged), REFUSED);
  assertEquals(odd.status, 400); // It is no handshake, and as a delivery it has no id.
});

Deno.test("the recipe for Slack in the docs of hmac() can be switched on, and takes events", async () => {
  const { verify } = await importExample("edge/verify/hmac.ts", "@example Slack") as { verify: Verifier };
  const secret = "a signing secret";
  const [signed, forged] = await answers(verify, [
    slackRequest(URL_VERIFICATION, secret),
    slackRequest(URL_VERIFICATION),
  ]) as [Answer, Answer];
  assertEquals(signed, { status: 200, type: "text/plain; charset=utf-8", text: URL_VERIFICATION.challenge });
  assertEquals(statusAndType(forged), REFUSED);
  await using edge = await setUpEdge({ hook: { verify } });
  const event = { type: "event_callback", event_id: "Ev123ABC456", event: { type: "file_shared" } };
  const response = await edge.handler(slackRequest(event, secret));
  assertEquals([response.status, edge.runs()], [202, [JSON.stringify(event)]]);
  await response.body?.cancel();
});

function discordRequests(): { publicKey: string; request: (event: object) => Request } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    publicKey: publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("hex"),
    request(event) {
      const body = JSON.stringify(event);
      return new Request(ADDRESS, {
        method: "POST",
        body,
        headers: {
          "content-type": "application/json",
          "x-signature-timestamp": SECONDS,
          "x-signature-ed25519": sign(null, Buffer.from(SECONDS + body), privateKey).toString("hex"),
        },
      });
    },
  };
}

Deno.test("discord() answers the PING of interactions and that of webhook events, where they are signed", async () => {
  const { publicKey, request } = discordRequests();
  const interaction = { application_id: "1234560123453231555", id: "1", token: "t", type: 1, version: 1 };
  const webhook = { version: 1, application_id: "1234560123453231555", type: 0 };
  const forged = request(interaction);
  forged.headers.set("x-signature-ed25519", "0".repeat(128));
  const [first, second, third] = await answers(discord({ publicKeys: [publicKey] }), [
    request(interaction),
    request(webhook),
    forged,
  ]) as [Answer, Answer, Answer];
  assertEquals(first, { status: 200, type: "application/json", text: '{"type":1}' });
  assertEquals(second, { status: 204, type: null, text: "" });
  assertEquals(statusAndType(third), REFUSED); // Discord sends one such to see.
});

Deno.test("discord() takes a webhook event, whose type is that of another PING", async () => {
  const { publicKey, request } = discordRequests();
  await using edge = await setUpEdge({ hook: { verify: discord({ publicKeys: [publicKey] }) } });
  const event = { version: 1, application_id: "1", type: 1, event: { type: "APPLICATION_AUTHORIZED" } };
  const response = await edge.handler(request(event));
  assertEquals([response.status, edge.runs()], [202, [JSON.stringify(event)]]);
  await response.body?.cancel();
});

const META_QUERY = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock";
const byMeta = meta({ secrets: ["the app's secret"], verifyTokens: ["meatyhamhock"] });

Deno.test("meta() answers a subscription with hub.challenge, where hub.verify_token is right", async () => {
  const [right, wrong, none, mode, other, head] = await answers(byMeta, [
    new Request(`${ADDRESS}?${META_QUERY}`),
    new Request(`${ADDRESS}?${META_QUERY}s`),
    new Request(`${ADDRESS}?hub.mode=subscribe&hub.challenge=1158201444`),
    new Request(`${ADDRESS}?${META_QUERY.replace("subscribe", "other")}`),
    new Request(ADDRESS),
    new Request(`${ADDRESS}?${META_QUERY}`, { method: "PUT" }),
  ], "meatyhamhock") as [Answer, Answer, Answer, Answer, Answer, Answer];
  assertEquals(right, { status: 200, type: "text/plain; charset=utf-8", text: "1158201444" });
  for (const answer of [wrong, none, mode]) assertEquals(statusAndType(answer), REFUSED);
  for (const answer of [other, head]) assertEquals(answer.status, 405);
});

const byGraph = microsoftGraph({ clientStates: ["secretClientValue"] });
const TOKEN =
  "Validation: Testing client application reachability for subscription Request-Id: 25460ea4-9d4b";

function validation(token: string): Request {
  return new Request(`${ADDRESS}?validationToken=${encodeURIComponent(token)}`, {
    method: "POST",
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

Deno.test("microsoftGraph() answers a validation with its token, as plain text", async () => {
  const tokens = [TOKEN, "<script>alert('xss')</script>", "ü 📏 %41", "line\r\nx-injected: 1"];
  const seen = await answers(byGraph, tokens.map(validation));
  for (const [at, token] of tokens.entries()) {
    assertEquals(seen[at], { status: 200, type: "text/plain; charset=utf-8", text: token });
  }
});

Deno.test("microsoftGraph() answers nothing else that is no delivery", async () => {
  const post = (path: string, body: string, type: string) =>
    new Request(`${ADDRESS}${path}`, { method: "POST", body, headers: { "content-type": type } });
  const seen = await answers(byGraph, [
    post("?validationToken=x", '{"value":[]}', "application/json"),
    post("?validationToken=x", "text", "text/plain"),
    post("", "", "text/plain"),
    new Request(`${ADDRESS}?validationToken=x`),
  ]);
  assertEquals(seen.map(({ status }) => status), [401, 401, 415, 405]);
});

Deno.test("a verifier of one's own answers a handshake: the example of the docs, Okta's GET", async () => {
  const { create } = await importExample(
    "edge/verify/verifier.ts",
    "@example One for a sender that first",
  ) as {
    create: (env: { OKTA_SECRET: string }) => Verifier;
  };
  const headers = { "x-okta-verification-challenge": "my verification challenge" };
  const [right, wrong, without] = await answers(create({ OKTA_SECRET: "a long secret" }), [
    new Request(ADDRESS, { headers: { ...headers, authorization: "a long secret" } }),
    new Request(ADDRESS, { headers: { ...headers, authorization: "another secret" } }),
    new Request(ADDRESS, { headers: { authorization: "a long secret" } }),
  ]) as [Answer, Answer, Answer];
  assertEquals(right, {
    status: 200,
    type: "application/json",
    text: '{"verification":"my verification challenge"}',
  });
  assertEquals(statusAndType(wrong), REFUSED);
  assertEquals(without.status, 405); // Let in, and no handshake: a delivery is a POST.
});

Deno.test("a verifier of one's own answers a handshake in header fields: that of CloudEvents, by OPTIONS", async () => {
  const token = bearer({ tokens: ["token-of-cloud-events"] });
  const cloudEvents: Verifier = Object.assign(
    (async (request, context) => {
      const origin = request.headers.get("webhook-request-origin");
      if (request.method !== "OPTIONS" || origin === null) return await token(request, context);
      return {
        isVerified: false,
        cause: "a handshake",
        handshake: { headers: { "webhook-allowed-origin": origin } },
      };
    }) satisfies Verifier,
    { isHandshake: ({ method }: { method: string }) => method === "OPTIONS" },
  );
  await using edge = await setUpEdge({
    hook: { verify: anyOf(slack({ secrets: [SLACK_SECRET] }), cloudEvents) },
  });
  const response = await edge.handler(
    new Request(ADDRESS, {
      method: "OPTIONS",
      headers: { "webhook-request-origin": "eventemitter.example.com" },
    }),
  );
  assertEquals([response.status, response.headers.get("webhook-allowed-origin"), await response.text()], [
    204,
    "eventemitter.example.com",
    "",
  ]);
  const slackAnswer = await statusAndText(edge, slackRequest(URL_VERIFICATION));
  assertEquals(slackAnswer, [200, URL_VERIFICATION.challenge]);
});

async function statusAndText(edge: Edge, request: Request): Promise<[number, string]> {
  const response = await edge.handler(request);
  return [response.status, await response.text()];
}

Deno.test("a handshake lets nobody in where its verifier guards the operator's list", async () => {
  await using edge = await setUpEdge({ options: { operator: anyOf(byGraph, byMeta) } });
  for (const query of ["validationToken=x", META_QUERY]) {
    const response = await edge.handler(
      new Request(`https://hooks.example.org/?${query}`, { headers: { accept: "application/json" } }),
    );
    assertEquals((await told(response)).status, 401);
  }
});

Deno.test("a hook says which methods it takes, those of its verifier's handshakes among them", async () => {
  await using edge = await setUpEdge({ hook: { verify: byMeta } });
  const response = await edge.handler(new Request(`${ADDRESS}?${META_QUERY}`, { method: "PUT" }));
  assertEquals([response.status, response.headers.get("allow")], [405, "POST, GET"]);
  await response.body?.cancel();
});

Deno.test("a hook whose verifier knows no handshake takes POST alone", async () => {
  await using edge = await setUpEdge();
  for (const method of ["GET", "HEAD", "PUT", "OPTIONS", "DELETE"]) {
    const response = await edge.handler(new Request(ADDRESS, { method }));
    assertEquals([response.status, response.headers.get("allow")], [405, "POST"], method);
    await response.body?.cancel();
  }
});
