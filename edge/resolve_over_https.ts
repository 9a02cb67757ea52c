import { systemClock } from "../src/base/clock.ts";
import type { EdgeOptions } from "./options.ts";

/** What {@linkcode resolveOverHttps} takes. */
export interface ResolveOverHttpsOptions {
  /**
   * A resolver that answers in JSON.
   * @default {"https://cloudflare-dns.com/dns-query"}
   */
  readonly url?: string;
  /**
   * Sends a request.
   * @default {globalThis.fetch}
   */
  readonly fetch?: (request: Request) => Promise<Response>;
  /**
   * Tells the time.
   * @default {the runtime's}
   */
  readonly clock?: { monotonicMs(): number };
}

const CLOUDFLARE = "https://cloudflare-dns.com/dns-query";
const TIMEOUT_MS = 5_000;
/** A receiver gets several messages in a row, and a Worker may send only so many requests. */
const MAX_CACHE_MS = 30_000;
const MAX_CACHED = 100;
const RECORD_TYPES = { A: 1, AAAA: 28 } as const;
const NO_ERROR = 0;
const NO_SUCH_NAME = 3;

/**
 * Looks names up by DNS over HTTPS, where a runtime has no other way. The resolver follows aliases, and all addresses
 * at their end count.
 *
 * @returns What `resolveAddresses` of a handler takes. It rejects where an address may be missing.
 */
export function resolveOverHttps(
  options: ResolveOverHttpsOptions = {},
): NonNullable<EdgeOptions["resolveAddresses"]> {
  const { url = CLOUDFLARE, fetch = (request) => globalThis.fetch(request), clock = systemClock } = options;
  const cache = new Map<string, { addresses: readonly string[]; untilMs: number }>();

  return async (hostname, { signal }) => {
    const known = cache.get(hostname);
    if (known && known.untilMs > clock.monotonicMs()) return known.addresses;
    cache.delete(hostname);
    const ended = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const ask = async (type: keyof typeof RECORD_TYPES): Promise<readonly Answer[]> => {
      const question = new URL(url);
      question.searchParams.set("name", hostname);
      question.searchParams.set("type", type);
      const headers = { accept: "application/dns-json" };
      const response = await fetch(new Request(question, { headers, redirect: "manual", signal: ended }));
      if (!response.ok) {
        await response.body?.cancel();
        throw new Error(`Cannot resolve a name over HTTPS: the resolver answered ${response.status}`);
      }
      // A decoder passes over a byte order mark, which `json()` does not do everywhere.
      const text = new TextDecoder().decode(await response.arrayBuffer());
      return answersOf(JSON.parse(text), RECORD_TYPES[type]);
    };
    const answers = (await Promise.all([ask("A"), ask("AAAA")])).flat();
    const addresses = answers.map(({ data }) => data);
    const seconds = Math.min(...answers.map(({ TTL }) => TTL), MAX_CACHE_MS / 1000);
    if (addresses.length > 0) {
      cache.set(hostname, { addresses, untilMs: clock.monotonicMs() + seconds * 1000 });
    }
    const [oldest] = cache.keys();
    if (cache.size > MAX_CACHED && oldest !== undefined) cache.delete(oldest);
    return addresses;
  };
}

interface Answer {
  type: number;
  TTL: number;
  data: string;
}

function answersOf(document: unknown, type: number): readonly Answer[] {
  const { Status: status, Answer: answers = [] } = (document ?? {}) as { Status?: unknown; Answer?: unknown };
  if (status === NO_SUCH_NAME) return [];
  const isSound = status === NO_ERROR && Array.isArray(answers) && answers.every(isAnswer);
  if (!isSound) throw new Error("Cannot resolve a name over HTTPS: the resolver could not either");
  return answers.filter((answer) => answer.type === type);
}

function isAnswer(answer: unknown): answer is Answer {
  const { type, TTL, data } = (answer ?? {}) as Record<string, unknown>;
  return typeof type === "number" && typeof TTL === "number" && typeof data === "string";
}
