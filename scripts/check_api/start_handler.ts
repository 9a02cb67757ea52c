import { accessToken, type Clock, createClient, memoryStore, registerSource } from "../../mod.ts";
import { createEdgeHandler } from "../../edge/handler.ts";
import type { EdgeHandler } from "../../edge/options.ts";
import { bearer } from "../../edge/verify/bearer.ts";
import type { Verifier } from "../../edge/verify/verifier.ts";
import { createLocalService } from "../../src/local/mod.ts";

/** A handler on a loopback port with batches of all kinds. */
export interface RunningHandler {
  baseUrl: string;
  hook: string;
  /** Lets its owner send, look and decide. */
  token: string;
  batchIds: readonly string[];
  close(): Promise<void>;
}

const HOOK = "check";
/** Streams of events last for minutes: the handler's time goes faster than others'. */
const SPEED = 40;

const fastClock: Clock = {
  nowMs: () => START_MS + (Date.now() - START_MS) * SPEED,
  monotonicMs: () => performance.now() * SPEED,
  sleep(ms, { signal } = {}) {
    return new Promise((resolve, reject) => {
      const id = setTimeout(resolve, ms / SPEED);
      signal?.addEventListener("abort", () => {
        clearTimeout(id);
        reject(signal.reason);
      }, { once: true });
    });
  },
};
const START_MS = Date.now();

/** Which function each task of a batch calls, and whether the answer to its submission is lost, or its rest refused. */
const BATCHES: readonly { names: readonly string[]; isLost?: boolean; isRestRefused?: boolean }[] = [
  { names: ["value", "value", "fail"] },
  { names: ["value", "wait"] },
  { names: ["wait"], isLost: true },
  { names: ["value", "value"], isLost: true },
  { names: ["fail"], isLost: true },
  // One request takes 1,000 tasks.
  { names: Array.from({ length: 1_001 }, () => "value"), isRestRefused: true },
];

/** Starts a handler, sends it a delivery for each kind of batch, and waits until each is as far as it gets. */
export async function startHandler(): Promise<RunningHandler> {
  let isLosing = false;
  let submissionsLeft = Infinity;
  const local = createLocalService({
    functions: {
      value: () => ({ year: 1959, mean: 315.97, note: "=1+1" }),
      wait: () => new Promise(() => {}),
      fail: () => {
        throw new Error("the instrument was off");
      },
    },
    faults: {
      failRate: { resetAfterTaken: 1 },
      failOnly: ({ path }) => isLosing && path.endsWith("/submit"),
    },
  });
  const { endpointId } = local;
  const authorizer = accessToken(local.accessToken);
  const client = createClient({ baseUrl: local.baseUrl, authorizer, fetch: local.fetch });
  const functionIds = new Map<string, string>();
  for (const name of ["value", "wait", "fail"]) {
    functionIds.set(name, await registerSource(client, { source: `def ${name}():\n    pass\n`, name }));
  }

  const token = crypto.randomUUID();
  const letsOwnerIn = bearer({ tokens: [token] });
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request): Promise<Response> => handler(request),
  );
  const baseUrl = `http://127.0.0.1:${server.addr.port}`;
  const handler: EdgeHandler = createEdgeHandler({
    baseUrl,
    store: memoryStore({ clock: fastClock }),
    clock: fastClock,
    linkSecrets: [crypto.randomUUID()],
    authorizer,
    fetch(request) {
      if (!request.url.endsWith("/submit") || submissionsLeft-- > 0) return local.fetch(request);
      const refusal = { code: "MAX_QUEUE", reason: "The queue is full", http_status_code: 400 };
      return Promise.resolve(Response.json(refusal, { status: 400 }));
    },
    service: { baseUrl: local.baseUrl, maxRequestsPer10s: 100_000 },
    operator: letsOwnerIn,
    limits: { bodyTimeoutMs: 10_000 * SPEED, batchTimeoutMs: 10_000 * SPEED },
    hooks: {
      [HOOK]: {
        verify: forDeliveries(letsOwnerIn),
        endpoints: [endpointId],
        functions: [...functionIds.values()],
        batch: (event) => {
          const names = namesOf(event);
          if (names.length === 0) return undefined;
          return { endpointId, tasks: names.map((name) => ({ functionId: functionIds.get(name) ?? "" })) };
        },
      },
    },
  });

  const batchIds: string[] = [];
  for (const { names, isLost = false, isRestRefused = false } of BATCHES) {
    isLosing = isLost;
    submissionsLeft = isRestRefused ? 1 : Infinity;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const response = await fetch(`${baseUrl}/hooks/${HOOK}`, {
      method: "POST",
      headers,
      body: JSON.stringify({ names }),
    });
    const { batchId } = await response.json();
    if (typeof batchId !== "string") throw new Error(`A delivery was answered ${response.status}`);
    batchIds.push(batchId);
  }
  isLosing = false;
  submissionsLeft = Infinity;
  for (let round = 0; round < 5; round++) {
    await handler.collect();
    await fastClock.sleep(60_000);
  }
  return {
    baseUrl,
    hook: HOOK,
    token,
    batchIds,
    async close() {
      await server.shutdown();
      await local.close();
    },
  };
}

/**
 * Lets in whom this verifier lets in. A delivery without a key is one of its own, as it is where the sender's scheme has an
 * id; a GET is a handshake.
 */
function forDeliveries(verifier: Verifier): Verifier {
  const verify: Verifier = async (request, context) => {
    const found = await verifier(request, context);
    if (!found.isVerified) return found;
    if (request.method === "GET") {
      return { isVerified: false, cause: "a handshake", handshake: { text: "here" } };
    }
    return request.headers.has("idempotency-key") ? found : { ...found, deliveryId: crypto.randomUUID() };
  };
  return Object.assign(verify, { isHandshake: ({ method }: { method: string }) => method === "GET" });
}

/** The functions that an event names; whatever else it is, there is nothing to run for it. */
function namesOf(event: unknown): string[] {
  if (typeof event !== "object" || event === null || !("names" in event) || !Array.isArray(event.names)) {
    return [];
  }
  return event.names.filter((name) => name === "value" || name === "wait" || name === "fail");
}
