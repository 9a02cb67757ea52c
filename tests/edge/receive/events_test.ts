/** Events that a hook is not for: they are answered with 200 and start nothing, whatever the hook's schema says. */
import { assert, assertEquals } from "@std/assert";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import * as v from "valibot";
import { github, gitlab, type Hook, standardWebhooks, type Verifier } from "../../../edge/mod.ts";
import { importExample } from "../../support/run_example.ts";
import { ROOT } from "../../support/run.ts";
import { type Edge, edgeOf, setUpEdge, told, worldOf } from "../edge_helpers.ts";
import { delivery, signedRequest } from "../verify/deliveries.ts";
import { GITHUB, GITLAB, type Scheme, STANDARD_WEBHOOKS } from "../verify/schemes.ts";

const EVENTS = new Map(examples.map(({ name, examples }) => [name, examples as Record<string, unknown>[]]));
const [PING = {}] = EVENTS.get("ping") ?? [];
const PUSHES = EVENTS.get("push") ?? [];
const DELETED = PUSHES.find(({ deleted }) => deleted === true) ?? {};
const PUSH = PUSHES.find(({ deleted, head_commit }) => deleted === false && head_commit !== null) ?? {};

let deliveries = 0;

/** Sends an event as its sender does, under the hook's name. */
async function send(
  edge: Pick<Edge, "handler">,
  event: unknown,
  headers: Record<string, string>,
  { scheme = GITHUB, name = "push" }: { scheme?: Scheme; name?: string } = {},
): Promise<unknown[]> {
  const sent = delivery({ body: JSON.stringify(event), id: `delivery-${deliveries++}` });
  const request = signedRequest(scheme, sent, { url: `https://hooks.example.org/hooks/${name}` });
  for (const [field, value] of Object.entries(headers)) request.headers.set(field, value);
  const { status, body } = await told(await edge.handler(request));
  return [status, body.state];
}

const named = (name: string) => ({ "x-github-event": name });

Deno.test("github({ events }) passes over a ping, other events and a deleted branch, which a schema would refuse", async () => {
  const verify = github({ secrets: [GITHUB.secret], events: ["push"] });
  const payload = v.object({ head_commit: v.object({ id: v.string() }) });
  await using edge = await setUpEdge({ hook: { verify, payload } });
  const [release = {}] = EVENTS.get("release") ?? [];
  assertEquals(DELETED.deleted, true);
  for (const [event, name] of [[PING, "ping"], [DELETED, "push"], [release, "release"]] as const) {
    assertEquals(await send(edge, event, named(name)), [200, "ignored"], name);
  }
  assertEquals([edge.runs().length, edge.events.map(({ kind }) => kind)], [
    0,
    Array(3).fill("deliveryIgnored"),
  ]);
  assertEquals(await send(edge, PUSH, named("push")), [202, "running"]);
  assertEquals(edge.runs().length, 1);
});

Deno.test("github({ events }) takes a deleted branch where its event is asked for, and the push of a tag", async () => {
  const verify = github({ secrets: [GITHUB.secret], events: ["push", "delete"] });
  await using edge = await setUpEdge({ hook: { verify } });
  const [deletion = {}] = EVENTS.get("delete") ?? [];
  assertEquals(await send(edge, deletion, named("delete")), [202, "running"]);
  assertEquals(await send(edge, { ...PUSH, ref: "refs/tags/v1" }, named("push")), [202, "running"]);
});

Deno.test("github() without events takes each, and a signed body stays ignored under another event's name", async () => {
  await using edge = await setUpEdge({ hook: { verify: github({ secrets: [GITHUB.secret] }) } });
  assertEquals(await send(edge, PING, named("ping")), [202, "running"]);
  assertEquals(await send(edge, DELETED, named("push")), [202, "running"]);
  const verify = github({ secrets: [GITHUB.secret], events: ["push"] });
  const careful = edgeOf({ ...worldOf(edge), hook: { verify } });
  // The name is not signed: who has seen a ping could send it as a push.
  assertEquals(await send(careful, PING, named("ping")), [200, "ignored"]);
  assertEquals(await send(careful, PING, named("push")), [200, "ignored"]);
});

Deno.test("gitlab({ events }) passes over other events, and a branch that was deleted", async () => {
  const verify = gitlab({ secrets: [GITLAB.secret], events: ["Push Hook"] });
  await using edge = await setUpEdge({ hook: { verify } });
  const push = {
    object_kind: "push",
    after: "da1560886d4f094c3e6c9ef40349f7d38b5d27d7",
    ref: "refs/heads/master",
  };
  const sent = (event: unknown, name: string) =>
    send(edge, event, { "x-gitlab-event": name }, { scheme: GITLAB });
  assertEquals(await sent({ object_kind: "tag_push" }, "Tag Push Hook"), [200, "ignored"]);
  assertEquals(await sent({ ...push, after: "0".repeat(40), checkout_sha: null }, "Push Hook"), [
    200,
    "ignored",
  ]);
  assertEquals(await sent(push, "Push Hook"), [202, "running"]);
});

Deno.test("standardWebhooks({ events }) passes over events of other types", async () => {
  const verify = standardWebhooks({ secrets: [STANDARD_WEBHOOKS.secret], events: ["scan.done"] });
  await using edge = await setUpEdge({ hook: { verify } });
  const sent = (event: unknown) => send(edge, event, {}, { scheme: STANDARD_WEBHOOKS });
  assertEquals(await sent({ type: "scan.begun" }), [200, "ignored"]);
  assertEquals(await sent("scan.done"), [200, "ignored"]);
  assertEquals(await sent({ type: "scan.done" }), [202, "running"]);
});

Deno.test("a verifier of one's own passes events over", async () => {
  const verify: Verifier = () =>
    Promise.resolve({
      isVerified: true,
      deliveryId: "1",
      isIdSigned: true,
      isIgnored: (event) => event === "quiet",
    });
  await using edge = await setUpEdge({ hook: { verify } });
  assertEquals(await send(edge, "quiet", {}), [200, "ignored"]);
  const failing: Verifier = () =>
    Promise.resolve({
      isVerified: true,
      deliveryId: "1",
      isIgnored: () => {
        throw new Error("oh, a secret");
      },
    });
  const broken = edgeOf({ ...worldOf(edge), hook: { verify: failing } });
  assertEquals((await send(broken, "loud", {}))[0], 500);
});

for (const events of [[], [""], "push", [7]]) {
  Deno.test(`github() and gitlab() refuse the events ${JSON.stringify(events)}`, () => {
    for (const make of [github, gitlab]) {
      let message = "";
      try {
        make({ secrets: [GITHUB.secret], events: events as string[] });
      } catch (error) {
        if (error instanceof TypeError) message = error.message;
      }
      assert(
        message.startsWith(`Cannot use 'events' of ${make.name}(): it must be a list of names`),
        message,
      );
    }
  });
}

/** The hooks of an example that makes a handler, for a function and an endpoint of the test. */
async function publishedHooks(file: string, place: string, edge: Edge): Promise<Record<string, Hook>> {
  const { create } = await importExample(file, place, (code) =>
    code.replace("createEdgeHandler({", "({")
      .replace("b0a5d1a0-2b22-4381-b899-ba73321e41e0", edge.functionId)) as {
      create: (
        env: Record<string, string>,
        endpointId: string,
        functionId: string,
      ) => { hooks: Record<string, Hook> };
    };
  const env = {
    GITHUB_WEBHOOK_SECRETS: GITHUB.secret,
    WEBHOOK_SECRET: GITHUB.secret,
    CLIENT_ID: "4b116d3c-1703-4f8f-9f6f-39921e5864df",
    CLIENT_SECRET: "secret",
    GLOBUS_COMPUTE_ACCESS_TOKEN: "token",
  };
  return create(env, edge.local.endpointId, edge.functionId).hooks;
}

for (
  const [file, place] of [["README.md", "## A webhook becomes a batch"], [
    "edge/mod.ts",
    "## A push to GitHub",
  ]] as const
) {
  Deno.test(`the first hook of ${file} starts on a push, and on no ping and no deleted branch`, async () => {
    await using world = await setUpEdge();
    const { "simulate-on-push": hook } = await publishedHooks(file, place, world);
    assert(hook !== undefined);
    const { authorizer: _, ...rest } = hook;
    const edge = edgeOf({ ...worldOf(world), options: { hooks: { push: rest } } });
    assertEquals(await send(edge, PING, named("ping")), [200, "ignored"]);
    assertEquals(await send(edge, DELETED, named("push")), [200, "ignored"]);
    assertEquals(world.local.runs.length, 0);
    assertEquals(await send(edge, PUSH, named("push")), [202, "running"]);
    assertEquals(world.local.runs.length, 1);
  });
}

Deno.test("each published hook for GitHub says which events it is for", async () => {
  const files = [
    "README.md",
    "edge/mod.ts",
    "edge/hook.ts",
    "edge/handler.ts",
    "edge/hooks.ts",
    "edge/verify/github.ts",
    "scripts/demo/co2_hook.ts",
    "scripts/examples/simulate_on_push.ts",
  ];
  for (const file of files) {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    const uses = [...text.matchAll(/= github\(\{|verify: github\(\{/g)];
    assert(uses.length > 0, file);
    for (const { index } of uses) assert(text.slice(index, index + 140).includes('events: ["push"]'), file);
  }
});
