import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";

/** What a message says of its batch. */
export interface Message {
  batchId: string;
  state: string;
  tasks: readonly { state: string; result?: unknown }[];
}

/** Who gets the results: it takes signed messages, and fails now and then. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** The messages that were taken, by their ids. */
  readonly taken: ReadonlyMap<string, Message>;
  /** How often a message came that had been taken before. */
  readonly repeats: number;
  /** How often it has failed. */
  readonly failures: number;
}

/**
 * Starts one on loopback.
 *
 * @param options.failing How many of a hundred messages are not taken when they first come.
 */
export function startReceiver(secret: string, { failing = 2 }: { failing?: number } = {}): Receiver {
  const taken = new Map<string, Message>();
  const attempts = new Map<string, number>();
  let repeats = 0;
  let failures = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const body = new Uint8Array(await request.arrayBuffer());
    const id = request.headers.get("webhook-id") ?? "";
    if (!isSigned(request.headers, body, secret)) return new Response(null, { status: 401 });
    const attempt = (attempts.get(id) ?? 0) + 1;
    attempts.set(id, attempt);
    const draw = createHmac("sha256", "draw").update(id).digest().readUInt16BE() % 100;
    if (attempt === 1 && draw < failing) {
      failures++;
      return new Response(null, { status: draw % 2 === 0 ? 500 : 503 });
    }
    if (taken.has(id)) repeats++;
    taken.set(id, JSON.parse(new TextDecoder().decode(body)).data);
    return new Response(null, { status: 204 });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/results`,
    taken,
    get repeats() {
      return repeats;
    },
    get failures() {
      return failures;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function isSigned(headers: Headers, body: Uint8Array, secret: string): boolean {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const mac = createHmac("sha256", key)
    .update(`${headers.get("webhook-id")}.${headers.get("webhook-timestamp")}.`).update(body).digest();
  const signature = Buffer.from(
    /^v1,(\S+)$/.exec(headers.get("webhook-signature") ?? "")?.[1] ?? "",
    "base64",
  );
  return signature.length === mac.length && timingSafeEqual(signature, mac);
}
