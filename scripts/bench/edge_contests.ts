import examples from "@octokit/webhooks-examples" with { type: "json" };
import { Webhooks } from "@octokit/webhooks";
import * as v from "valibot";
import { createEdgeHandler, defineHook, github, type Verifier } from "../../edge/mod.ts";
import { accessToken, memoryStore, type Store } from "../../mod.ts";
import type { Contest, Count } from "./contest.ts";

const DELIVERIES = 100;
const SECRET = "It's a Secret to Everybody";
const ID = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";
/** The store may be asked so often until a delivery of one task has its answer. */
const MAX_STORE_CALLS = 5;
const ALGORITHM = { name: "HMAC", hash: "SHA-256" };

/** A signed delivery, from its bytes to the answer. What is submitted is taken at once. */
export async function edgeContests(): Promise<Contest[]> {
  const text = largestExample();
  const bytes = new TextEncoder().encode(text);
  const secret = new TextEncoder().encode(SECRET);
  const key = await crypto.subtle.importKey("raw", secret, ALGORITHM, false, ["sign", "verify"]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes));
  const signature = `sha256=${[...mac].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  const verify = github({ secrets: [SECRET] });
  // Each is signed alike, so the id must count: as if the sender had signed it.
  const accept = createAccept(bytes, signature, {
    store: memoryStore(),
    verify: async (request, context) => ({ ...await verify(request, context), isIdSigned: true }),
  });
  const peer = new Webhooks({ secret: SECRET });
  const times = async (run: (n: number) => Promise<unknown>) => {
    for (let n = 0; n < DELIVERIES; n++) await run(n);
  };
  let round = 0;
  return [
    {
      name: `accept ${DELIVERIES} deliveries of ${(bytes.length / 1000).toFixed(0)} kB`,
      contenders: [
        {
          name: "ours",
          run() {
            round++;
            return times((n) => accept(`${round}-${n}`));
          },
        },
        {
          name: "verify and JSON.parse",
          run: () =>
            times(async () => {
              if (!await crypto.subtle.verify("HMAC", key, mac, bytes)) throw new Error("not verified");
              JSON.parse(new TextDecoder().decode(bytes));
            }),
        },
        {
          name: "@octokit/webhooks",
          run: () =>
            times((n) => peer.verifyAndReceive({ id: String(n), name: "push", payload: text, signature })),
        },
      ],
      goals: [{ than: "verify and JSON.parse", maxRatio: 1.5 }],
      counts: [await countStoreCalls(bytes, signature)],
    },
  ];
}

function largestExample(): string {
  const texts = examples.flatMap(({ examples }) => (examples as unknown[]).map((one) => JSON.stringify(one)));
  return texts.reduce((largest, text) => text.length > largest.length ? text : largest, "");
}

/** How often the store is asked until a delivery of GitHub has its answer. */
async function countStoreCalls(body: Uint8Array<ArrayBuffer>, signature: string): Promise<Count> {
  let count = 0;
  const counted = <Args extends unknown[], Answer>(call: (...args: Args) => Answer) => (...args: Args) => {
    count++;
    return call(...args);
  };
  const { get, getMany, list, commit } = memoryStore();
  const store: Store = {
    get: counted(get),
    getMany: counted(getMany),
    list: counted(list),
    commit: counted(commit),
  };
  await createAccept(body, signature, { store, verify: github({ secrets: [SECRET] }) })("counted");
  return { what: "store calls of a delivery until its answer", count, max: MAX_STORE_CALLS };
}

function createAccept(
  body: Uint8Array<ArrayBuffer>,
  signature: string,
  { store, verify }: { store: Store; verify: Verifier },
): (id: string) => Promise<void> {
  const handler = createEdgeHandler({
    baseUrl: "https://hooks.example.org",
    store,
    linkSecrets: [crypto.randomUUID()],
    authorizer: accessToken("token"),
    service: { maxRequestsPer10s: 1_000_000 },
    fetch: () =>
      Promise.resolve(Response.json({
        request_id: ID,
        task_group_id: ID,
        endpoint_id: ID,
        tasks: { [ID]: [crypto.randomUUID()] },
      })),
    hooks: {
      push: defineHook({
        verify,
        payload: v.looseObject({}),
        endpoints: [ID],
        functions: [ID],
        batch: () => ({ endpointId: ID, tasks: [{ functionId: ID }] }),
      }),
    },
  });
  return async (id) => {
    const response = await handler(
      new Request("https://hooks.example.org/hooks/push", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-github-delivery": id,
          "x-hub-signature-256": signature,
        },
        body,
      }),
    );
    if (response.status !== 202) {
      throw new Error(`A delivery got ${response.status}: ${await response.text()}`);
    }
    await response.body?.cancel();
  };
}
