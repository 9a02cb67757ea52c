/** A process with a handler over a SQLite file, from its delivery to its end: in a child that dies, or in one that follows. */
import { createHmac } from "node:crypto";
import { accessToken, type Clock, type Store, systemClock } from "../../../mod.ts";
import { createEdgeHandler } from "../../../edge/handler.ts";
import type { Hook } from "../../../edge/hook.ts";
import { github } from "../../../edge/verify/github.ts";

/** What a task does: it returns so many characters, or raises an exception. */
export interface Order {
  name: string;
  characters?: number;
  raise?: string;
}

/** What such a process is told. */
export interface RunSettings {
  storeFile: string;
  serviceUrl: string;
  accessToken: string;
  endpointId: string;
  functionId: string;
  /** Takes messages at `/results`, and commit statuses below `/github`. */
  receiverUrl: string;
  receiverSecret: string;
  /** What its clock is ahead, of the time of day and of the monotonic time. */
  aheadMs: number;
  /** The tasks of a delivery that comes to it. */
  orders?: readonly Order[];
  /** Whether it does what is due until nothing is. */
  isCollecting: boolean;
}

/** What the sender of a delivery was told. */
export interface ToldAnswer {
  status: number;
  batchId: string;
}

const HOOK_SECRET = "It's a Secret to Everybody";
const COMMIT = { repository: "octo-org/octo-repo", sha: "6113728f27ae82c7b1a177c8d03f9e96e0adf246" };

/**
 * Takes the delivery, if one comes, and does what is due, without waiting for it.
 *
 * @param onAnswer Is told the answer to the delivery, before anything else is done.
 */
export async function runHandler(
  settings: RunSettings,
  store: Store,
  onAnswer: (answer: ToldAnswer) => void = () => {},
): Promise<void> {
  const { endpointId, functionId, receiverUrl, orders, isCollecting } = settings;
  let { aheadMs } = settings;
  const clock: Clock = {
    nowMs: () => systemClock.nowMs() + aheadMs,
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    sleep: systemClock.sleep,
  };
  const hook: Hook = {
    verify: github({ secrets: [HOOK_SECRET] }),
    endpoints: [endpointId],
    functions: [functionId],
    deliver: { url: `${receiverUrl}/results`, secret: settings.receiverSecret },
    commitStatus: { token: "t", apiUrl: `${receiverUrl}/github`, commit: () => COMMIT },
    batch: (event) => ({
      endpointId,
      tasks: (event as Order[]).map((order) => ({ functionId, args: [{ ...order }] })),
    }),
  };
  const background: Promise<unknown>[] = [];
  const handler = createEdgeHandler({
    hooks: { push: hook },
    baseUrl: "https://hooks.example.org",
    store,
    clock,
    linkSecrets: ["a secret that signs the links of these tests"],
    authorizer: accessToken(settings.accessToken),
    service: { baseUrl: settings.serviceUrl, maxRequestsPer10s: 100_000 },
    allowPrivateAddresses: true,
    waitUntil: (promise) => void background.push(promise),
  });
  if (orders !== undefined) {
    const response = await handler(signed(JSON.stringify(orders)));
    onAnswer({ status: response.status, batchId: (await response.json()).batchId });
  }
  for (let isDue = isCollecting; isDue;) {
    const { nextAtMs } = await handler.collect();
    isDue = nextAtMs !== undefined;
    if (nextAtMs !== undefined) aheadMs += Math.max(0, nextAtMs - clock.nowMs());
  }
  for (const promise of background) await promise; // More may come meanwhile.
}

function signed(body: string): Request {
  return new Request("https://hooks.example.org/hooks/push", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": "push",
      "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
      "x-hub-signature-256": `sha256=${createHmac("sha256", HOOK_SECRET).update(body).digest("hex")}`,
    },
    body,
  });
}
