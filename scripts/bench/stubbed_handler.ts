import examples from "@octokit/webhooks-examples" with { type: "json" };
import * as v from "valibot";
import { createEdgeHandler, defineHook, type EdgeHandler, github, type Verifier } from "../../edge/mod.ts";
import { accessToken, type Clock, type Store } from "../../mod.ts";

const SECRET = "It's a Secret to Everybody";
const ID = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";
const ALGORITHM = { name: "HMAC", hash: "SHA-256" };

/** A delivery of GitHub, and the signature of its bytes. */
export interface SignedDelivery {
  readonly id: string;
  readonly text: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mac: Uint8Array<ArrayBuffer>;
  readonly signature: string;
}

/** What signs as GitHub does it, and verifies by WebCrypto alone. */
export const gitHub = {
  secret: SECRET,
  key: await crypto.subtle.importKey("raw", new TextEncoder().encode(SECRET), ALGORITHM, false, [
    "sign",
    "verify",
  ]),
  verifier: (): Verifier => github({ secrets: [SECRET] }),
};

/** The largest example of GitHub's own, 27 kB: each delivery has a number in it, as the same bytes are the same delivery. */
export async function signDeliveries(count: number): Promise<SignedDelivery[]> {
  return await Promise.all(Array.from({ length: count }, async () => {
    const id = crypto.randomUUID();
    const text = LARGEST_EXAMPLE.replace("{", `{"delivery":"${id}",`);
    const bytes = new TextEncoder().encode(text);
    const mac = new Uint8Array(await crypto.subtle.sign("HMAC", gitHub.key, bytes));
    const signature = `sha256=${[...mac].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    return { id, text, bytes, mac, signature };
  }));
}

const LARGEST_EXAMPLE = examples
  .flatMap(({ examples }) => (examples as unknown[]).map((one) => JSON.stringify(one)))
  .reduce((largest, text) => text.length > largest.length ? text : largest, "");

/** A handler whose every delivery becomes a batch of one task. Its service answers at once. */
export function createStubbedHandler(
  { store, clock, verify = gitHub.verifier(), isDone = true }: {
    store: Store;
    clock?: Clock;
    verify?: Verifier;
    /** Whether the service has the results of tasks when it is asked. */
    isDone?: boolean;
  },
): EdgeHandler {
  return createEdgeHandler({
    baseUrl: "https://hooks.example.org",
    store,
    ...(clock === undefined ? {} : { clock }),
    linkSecrets: ["a secret that signs the links of the bench"],
    authorizer: accessToken("token"),
    service: { maxRequestsPer10s: 1_000_000 },
    fetch: (request) => answer(request, isDone),
    hooks: {
      push: defineHook({
        verify,
        payload: v.looseObject({ delivery: v.string() }),
        endpoints: [ID],
        functions: [ID],
        batch: ({ delivery }) => ({ endpointId: ID, tasks: [{ functionId: ID, args: [delivery] }] }),
      }),
    },
  });
}

async function answer(request: Request, isDone: boolean): Promise<Response> {
  if (!request.url.endsWith("/batch_status")) {
    return Response.json({
      request_id: crypto.randomUUID(),
      task_group_id: crypto.randomUUID(),
      endpoint_id: ID,
      tasks: { [ID]: [crypto.randomUUID()] },
    });
  }
  const { task_ids: taskIds }: { task_ids: string[] } = await request.json();
  const outcome = isDone
    ? { status: "success", result: '11\n{"answer": 42}', completion_t: "1767225600" }
    : { status: "pending" };
  return Response.json({
    response: "batch",
    results: Object.fromEntries(taskIds.map((taskId) => [taskId, { task_id: taskId, ...outcome }])),
  });
}

/**
 * Has a delivery taken, until it is committed that the service has it.
 *
 * @throws {Error} If its answer says anything else.
 */
export async function deliver(
  handler: EdgeHandler,
  { id, bytes, signature }: Pick<SignedDelivery, "id" | "bytes" | "signature">,
): Promise<void> {
  const response = await handler(
    new Request("https://hooks.example.org/hooks/push", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-github-delivery": id,
        "x-github-event": "push",
        "x-hub-signature-256": signature,
      },
      body: bytes,
    }),
  );
  const text = await response.text();
  if (response.status !== 202 || !text.includes('"state":"running"')) {
    throw new Error(`A delivery got ${response.status}: ${text}`);
  }
}
