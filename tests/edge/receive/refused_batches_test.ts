/** A delivery whose hook makes no batch that may be sent is refused, may come again, and leaves nothing behind. */
import { assertEquals } from "@std/assert";
import type { Hook } from "../../../edge/hook.ts";
import { edgeOf, setUpEdge, told, worldOf } from "../edge_helpers.ts";
import { checkRefusal, type RefusedDelivery } from "./refused_delivery.ts";

const FAILED = { status: 500, type: "hook-failed", cause: "The hook failed", asks: 1 };
const FORBIDDEN = { status: 403, type: "not-permitted", asks: 1 };
const INVALID = { status: 500, type: "batch-invalid", cause: "no batch that can be sent", asks: 1 };
const OTHER_ID = "11111111-1111-4111-8111-111111111111";

const TABLE: Record<string, RefusedDelivery> = {
  "a hook that throws": {
    ...FAILED,
    batch: () => {
      throw new Error("a secret");
    },
  },
  "a hook that rejects": { ...FAILED, batch: () => Promise.reject(new Error("a secret")) },
  "a hook that takes too long": { ...FAILED, batch: () => new Promise(() => {}), afterMs: 10_000 },
  "a commit that cannot be found": {
    ...FAILED,
    hook: {
      commitStatus: {
        token: "t",
        commit: () => {
          throw new Error("a secret");
        },
      },
    },
    batch: ({ local: { endpointId }, functionId }) => ({ endpointId, tasks: [{ functionId }] }),
  },
  "an endpoint that is not the hook's": {
    ...FORBIDDEN,
    cause: "an endpoint that is not",
    batch: ({ functionId }) => ({ endpointId: OTHER_ID, tasks: [{ functionId }] }),
  },
  "a function that is not the hook's": {
    ...FORBIDDEN,
    cause: "a function that is not",
    batch: ({ local: { endpointId }, functionId }) => ({
      endpointId,
      tasks: [{ functionId }, { functionId: OTHER_ID }],
    }),
  },
  "too many tasks": {
    status: 422,
    type: "too-many-tasks",
    cause: "may make 3",
    asks: 1,
    batch: ({ local: { endpointId }, functionId }) => ({ endpointId, tasks: Array(4).fill({ functionId }) }),
  },
  "a batch that is too large to be kept": {
    status: 422,
    type: "batch-too-large",
    cause: "10000000 bytes",
    asks: 1,
    batch: ({ local: { endpointId }, functionId }) => ({
      endpointId,
      tasks: Array(3).fill({ functionId, args: ["x".repeat(4_000_000)] }),
    }),
  },
  "a batch whose options have too many bytes, and fewer letters": {
    status: 422,
    type: "batch-too-large",
    cause: "10000000 bytes",
    asks: 1,
    batch: ({ local: { endpointId }, functionId }) => ({
      endpointId,
      tasks: [{ functionId }],
      userEndpointConfig: { note: "€".repeat(4_000_000) },
    }),
  },
  "a batch without tasks": { ...INVALID, batch: ({ local: { endpointId } }) => ({ endpointId, tasks: [] }) },
  "what is no batch": { ...INVALID, batch: () => "batch" },
  "arguments that cannot be sent": {
    ...INVALID,
    batch: ({ local: { endpointId }, functionId }) => ({
      endpointId,
      tasks: [{ functionId, args: [() => 1] }],
    }),
  },
  "options that cannot be kept": {
    ...INVALID,
    batch: ({ local: { endpointId }, functionId }) => ({
      endpointId,
      tasks: [{ functionId }],
      userEndpointConfig: { nodes: 1n },
    }),
  },
};

for (const [name, row] of Object.entries(TABLE)) {
  Deno.test(`receive() answers ${name} with ${row.status}`, () => checkRefusal(row));
}

Deno.test("receive() asks a hook again that has failed, when its delivery is sent again", async () => {
  let calls = 0;
  await using edge = await setUpEdge({
    hook: {
      batch: () => {
        if (++calls === 1) throw new Error("not yet");
        return undefined;
      },
    },
  });
  assertEquals((await edge.handler(edge.request())).status, 500);
  assertEquals((await edge.handler(edge.request())).status, 200);
});

Deno.test("receive() refuses a delivery whose verifier says more of the sender than can be kept, each time", async () => {
  let claims: Record<string, unknown> = { roles: "€".repeat(100_000) };
  await using edge = await setUpEdge({
    hook: { verify: () => Promise.resolve({ isVerified: true, deliveryId: "1", isIdSigned: true, claims }) },
  });
  for (let turn = 0; turn < 2; turn++) {
    const { status, body } = await told(await edge.handler(edge.request()));
    assertEquals([status, body.type], [422, "urn:edge-compute:problem:batch-too-large"]);
  }
  claims = { roles: "€".repeat(80_000) };
  assertEquals((await edge.handler(edge.request())).status, 202);
});

Deno.test("receive() takes a delivery of a hook with the longest name, whatever text its id is", async () => {
  const name = `a${"._-9".repeat(15)}.-z`;
  await using world = await setUpEdge();
  const batch = () => ({
    endpointId: world.local.endpointId,
    tasks: [{ functionId: world.functionId, args: [1] }],
  });
  for (const deliveryId of ["Lieferung 7/ü \u{1f4cf}", "\ud800", "x".repeat(10_000)]) {
    for (const isIdSigned of [true, false]) {
      const verify = () => Promise.resolve({ isVerified: true as const, deliveryId, isIdSigned });
      const hook = { ...world.options.hooks.push, verify, batch } as Hook;
      const edge = edgeOf({ ...worldOf(world), options: { hooks: { [name]: hook } } });
      const send = () => {
        const body = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
        return edge.handler(new Request(`https://hooks.example.org/hooks/${name}`, body));
      };
      const first = await told(await send());
      assertEquals([name.length, first.status, await told(await send())], [64, 202, first]);
    }
  }
});

Deno.test("a hook takes POST alone", async () => {
  await using edge = await setUpEdge();
  const response = await edge.handler(new Request("https://hooks.example.org/hooks/push"));
  assertEquals([response.status, response.headers.get("allow")], [405, "POST"]);
});
