/** All example payloads of GitHub are accepted or ignored. */
import { assert, assertEquals } from "@std/assert";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import { sign } from "@octokit/webhooks-methods";
import * as v from "valibot";
import { type Edge, setUpEdge, told } from "../edge_helpers.ts";
import { GITHUB } from "../verify/schemes.ts";

const schema = v.looseObject({ repository: v.optional(v.looseObject({ full_name: v.string() })) });
const EXAMPLES = examples.flatMap(({ name, examples }) =>
  (examples as unknown[]).map((event) => ({ name, event }))
);

Deno.test("all example payloads of GitHub are accepted or ignored, as the hook has it", async () => {
  assertEquals(EXAMPLES.length, 329);
  let asked = 0;
  await using edge: Edge = await setUpEdge({
    scheme: GITHUB,
    hook: {
      payload: schema,
      batch: (event, { headers }) => {
        asked++;
        const { repository } = event as v.InferOutput<typeof schema>;
        const name = headers.get("x-github-event");
        if (repository === undefined || name === "ping") return undefined;
        const tasks = [{ functionId: edge.functionId, args: [`${name} of ${repository.full_name}`] }];
        return { endpointId: edge.local.endpointId, tasks };
      },
    },
  });
  const expected: string[] = [];
  const seen = new Set<string>();
  const counts = { 200: 0, 202: 0 };
  for (const [place, { name, event }] of EXAMPLES.entries()) {
    const body = JSON.stringify(event);
    const send = async () =>
      await told(
        await edge.handler(
          new Request("https://hooks.example.org/hooks/push", {
            method: "POST",
            headers: {
              "content-type": "application/json",
              "x-github-event": name,
              "x-github-delivery": `delivery-${place}`,
              "x-hub-signature-256": await sign(GITHUB.secret, body),
            },
            body,
          }),
        ),
      );
    const { repository } = event as { repository?: { full_name: string } };
    const isIgnored = repository === undefined || name === "ping";
    const { status, body: answer } = await send();
    assertEquals(status, isIgnored ? 200 : 202, `${name}: ${JSON.stringify(answer)}`);
    counts[status as 200 | 202]++;
    // Some of the examples are there twice: the same bytes are the same delivery.
    if (!isIgnored && !seen.has(body)) expected.push(JSON.stringify(`${name} of ${repository.full_name}`));
    seen.add(body);
    assertEquals((await send()).body, answer);
  }
  assertEquals(edge.runs(), expected);
  assert(counts[200] > 10 && counts[202] > 200, JSON.stringify(counts));
  assertEquals(asked, seen.size);
});
