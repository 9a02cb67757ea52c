/** The hooks of the deployables run the function for a push to the default branch, and for nothing else. */
import { assertEquals } from "@std/assert";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import { sign } from "@octokit/webhooks-methods";
import { createHooks } from "../../../edge/hooks.ts";
import { type Edge, edgeOf, setUpEdge } from "../edge_helpers.ts";

const SECRET = "s3cret-of-github";

async function setUp(): Promise<Edge> {
  const edge = await setUpEdge();
  const hooks = createHooks({
    GITHUB_WEBHOOK_SECRETS: `${SECRET}-old ${SECRET}`,
    COMPUTE_ENDPOINT_ID: edge.local.endpointId,
    COMPUTE_FUNCTION_ID: edge.functionId,
  });
  const { local, functionId, otherFunctionId, clock } = edge;
  return { ...edge, ...edgeOf({ local, functionId, otherFunctionId, clock, options: { hooks } }) };
}

async function send(edge: Edge, name: string, event: unknown, id: string): Promise<Record<string, unknown>> {
  const body = JSON.stringify(event);
  const response = await edge.handler(
    new Request("https://hooks.example.org/hooks/push", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-github-event": name,
        "x-github-delivery": id,
        "x-hub-signature-256": await sign(SECRET, body),
      },
      body,
    }),
  );
  return { status: response.status, ...await response.json() };
}

Deno.test("createHooks() ignores every event of GitHub but a push with a commit", async () => {
  await using edge = await setUp();
  for (const { name, examples: events } of examples) {
    for (const [place, event] of events.entries()) {
      if (name === "push") continue;
      const { status, state } = await send(edge, name, event, `${name}-${place}`);
      assertEquals([status, state], [200, "ignored"], `${name} ${place}`);
    }
  }
  assertEquals(edge.runs(), []);
});

Deno.test("createHooks() runs the function with the commit that was pushed to the default branch", async () => {
  await using edge = await setUp();
  const pushes = examples.find(({ name }) => name === "push")?.examples as Record<string, unknown>[];
  const push = pushes.find(({ head_commit }) => head_commit) as Record<string, unknown>;
  const repository = push.repository as Record<string, unknown>;
  const branch = { ...push, ref: "refs/heads/other", repository };
  assertEquals((await send(edge, "push", branch, "1")).state, "ignored");
  const deleted = { ...push, ref: `refs/heads/${repository.default_branch}`, head_commit: null };
  assertEquals((await send(edge, "push", deleted, "2")).state, "ignored");
  const main = { ...push, ref: `refs/heads/${repository.default_branch}` };
  assertEquals((await send(edge, "create", main, "3")).state, "ignored");
  const { status, state, batchId } = await send(edge, "push", { ...main, again: 1 }, "4");
  assertEquals([status, state], [202, "running"]);
  const record = await edge.record(batchId as string);
  assertEquals([record?.endpointId, record?.taskCount], [edge.local.endpointId, 1]);
  assertEquals(edge.local.runs.length, 1);
  const { id } = push.head_commit as { id: string };
  assertEquals(edge.local.runs[0]?.payload.includes(`"commit":"${id}"`), true, edge.local.runs[0]?.payload);
});
