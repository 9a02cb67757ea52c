/**
 * What a deployable stands between, all of it on loopback: a Compute service whose tasks end when the test says so, a
 * sender that signs as GitHub does, and a receiver that verifies as the library of Standard Webhooks does.
 *
 * @module
 */
import { sign } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";
import { accessToken, createClient, registerSource } from "../../../mod.ts";
import { type LocalService, startLocalService } from "../../../src/local/mod.ts";

/** A message that was taken. */
export interface Taken {
  id: string;
  state: string;
  deliveryId: string;
  tasks: readonly { state: string; result?: unknown }[];
}

/** The world of a deployable. */
export interface World extends AsyncDisposable {
  local: LocalService;
  /** All settings of the deployable. */
  env: Record<string, string>;
  /** The messages, as they come. */
  taken: Taken[];
  /** Resolves once there are messages for these deliveries. */
  delivered(ids: readonly string[]): Promise<void>;
  /** Lets the tasks end that have begun, and those to come. */
  release(): void;
  /** Lets no task end any more. */
  hold(): void;
  /** The commits for which the function has been called, one that was called twice is there twice. */
  runs(): string[];
  /** A signed push of the commit with this number. */
  push(id: string): Promise<Request>;
}

const SECRET = "s3cret-of-github-0123456789";
const RESULTS_SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;
/** Who is killed while it collects keeps others from it for half a minute. */
const PATIENCE_MS = 120_000;

/** Sets it up; tasks end as soon as they begin. */
export async function setUpWorld(): Promise<World> {
  let held: Promise<void> = Promise.resolve();
  let release = () => {};
  const calls: string[] = [];
  const local = await startLocalService({
    workers: 1,
    functions: {
      async analyse(call) {
        const { commit } = call as { commit: string };
        calls.push(commit);
        await held;
        return commit;
      },
    },
  });
  const client = createClient({ baseUrl: local.baseUrl, authorizer: accessToken(local.accessToken) });
  const source = "def analyse(repository, commit):\n    return commit\n";
  const functionId = await registerSource(client, { source, name: "analyse" });

  const taken: Taken[] = [];
  const waiting = new Set<() => void>();
  const webhook = new Webhook(RESULTS_SECRET);
  const receiver = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const text = await request.text();
    webhook.verify(text, Object.fromEntries(request.headers));
    const { data } = JSON.parse(text) as { data: Omit<Taken, "id"> };
    taken.push({ ...data, id: request.headers.get("webhook-id") as string });
    for (const look of waiting) look();
    return new Response(undefined, { status: 204 });
  });

  return {
    local,
    taken,
    env: {
      EDGE_BASE_URL: "http://127.0.0.1:9/compute",
      EDGE_LINK_SECRETS: "0123456789abcdef0123456789abcdef",
      EDGE_OPERATOR_TOKENS: "token-of-the-operator",
      EDGE_ALLOW_PRIVATE_ADDRESSES: "true",
      EDGE_MAX_REQUESTS_PER_10S: "1000",
      GLOBUS_COMPUTE_CLIENT_ID: local.clientId,
      GLOBUS_COMPUTE_CLIENT_SECRET: local.clientSecret,
      GLOBUS_SDK_SERVICE_URL_COMPUTE: local.baseUrl,
      GLOBUS_SDK_SERVICE_URL_AUTH: local.issuer,
      GITHUB_WEBHOOK_SECRETS: SECRET,
      COMPUTE_ENDPOINT_ID: local.endpointId,
      COMPUTE_FUNCTION_ID: functionId,
      RESULTS_URL: `http://127.0.0.1:${receiver.addr.port}/results`,
      RESULTS_SECRET,
    },
    delivered(ids) {
      return new Promise((resolve, reject) => {
        const end = () => {
          clearTimeout(timer);
          waiting.delete(look);
        };
        const missing = () => ids.filter((id) => !taken.some(({ deliveryId }) => deliveryId === id));
        const look = () => {
          if (missing().length > 0) return;
          end();
          resolve();
        };
        const timer = setTimeout(() => {
          end();
          reject(new Error(`No message for ${missing().join()} in ${PATIENCE_MS} ms`));
        }, PATIENCE_MS);
        waiting.add(look);
        look();
      });
    },
    hold() {
      held = new Promise((resolve) => release = resolve);
    },
    release() {
      release();
    },
    runs: () => [...calls],
    async push(id) {
      const body = JSON.stringify({
        ref: "refs/heads/main",
        head_commit: { id: commitOf(id) },
        repository: { full_name: "lab/simulation", default_branch: "main" },
      });
      return new Request("http://127.0.0.1:9/compute/hooks/push", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-github-event": "push",
          "x-github-delivery": id,
          "x-hub-signature-256": await sign(SECRET, body),
        },
        body,
      });
    },
    async [Symbol.asyncDispose]() {
      release();
      await receiver.shutdown();
      await local.close();
    },
  };
}

/** The hash of the commit that a delivery is about. */
export function commitOf(id: string): string {
  return id.padEnd(40, "0");
}
