import type { Authorizer, Clock, Environment, Store } from "../mod.ts";
import type { EdgeEvent } from "./event.ts";
import type { Hook } from "./hook.ts";
import type { Verifier } from "./verify/verifier.ts";

/**
 * How many tasks a batch may have at most. In one commit of 16 MiB there may stand the table of its tasks, with up to
 * 143 bytes for each, and its record, before and after; where it is in doubt, that has up to 64 bytes for each.
 */
export const MAX_TASKS = 100_000;

/** What a delivery may cost. */
export interface EdgeLimits {
  /**
   * Bytes of a body, for each hook that has no limit of its own.
   * @default {what the hook's sender sends at most, where its verifier states that (25 MiB for GitHub and GitLab); else 1_048_576}
   */
  maxBodyBytes: number;
  /**
   * Bytes of all header fields together.
   * @default {16_384}
   */
  maxHeaderBytes: number;
  /**
   * How deep arrays and objects may stand in one another.
   * @default {64}
   */
  maxNesting: number;
  /**
   * Within how many milliseconds a body must be here.
   * @default {10_000}
   */
  bodyTimeoutMs: number;
  /**
   * Within how many milliseconds a hook must have made its batch.
   * @default {10_000}
   */
  batchTimeoutMs: number;
  /**
   * Tasks of one batch, up to 100,000.
   * @default {10_000}
   */
  maxTasks: number;
  /**
   * Requests to Globus Compute, to receivers and to GitHub in one call of `collect`.
   * @default {40}
   */
  maxRequestsPerCollect: number;
  /**
   * Streams of events that may be open at once; each ends by itself after some minutes.
   * @default {100}
   */
  maxOpenStreams: number;
}

/** Which Compute service is called, and how. */
export interface ServiceOptions {
  /**
   * A deployment that has a name.
   * @default {"production"}
   */
  readonly environment?: Environment;
  /** Its address, in place of `environment`. */
  readonly baseUrl?: string;
  /**
   * Requests in 10 seconds, for each authorizer.
   * @default {20}
   */
  readonly maxRequestsPer10s?: number;
}

/** What {@linkcode createEdgeHandler} takes. */
export interface EdgeOptions {
  /** The hooks, by the name in their address: `POST {baseUrl}/hooks/{name}`. */
  readonly hooks: Readonly<Record<string, Hook>>;
  /** Where the handler is reached from outside, with the path below which it is mounted. Links begin with it. */
  readonly baseUrl: string | URL;
  /** Keeps deliveries, batches and results. One that many processes share makes them one handler. */
  readonly store: Store;
  /**
   * Texts of 32 characters or more with which links to batches are signed: the first signs, all are taken, so
   * that they can be rotated.
   */
  readonly linkSecrets: readonly string[];
  /**
   * Keys that encrypt every value in the store (AES-256-GCM): payloads, results, and the records of deliveries and
   * batches. Each key is 32 random bytes in base64: `openssl rand -base64 32` makes one. The first key encrypts, all of
   * them decrypt.
   *
   * You can set it for a store in use. Older values are read as they are, and are encrypted when they next change.
   *
   * To replace a key, add the new one last in all processes, then move it to the front in all of them. Remove the old one
   * when what it encrypted has expired: after `retentionMs`, and 30 days at least. Reading a value without its key is an
   * error that names the value; add the key again, and it can be read.
   *
   * This protects a file, a database or a backup from its readers. They can still see:
   *
   * - the keys of the store, which contain names of hooks, ids of batches, tasks and functions, and digests;
   * - the length of each value (compressed, if it is longer than 64 KiB), and when it expires;
   * - whether a value equals an earlier value under the same key of the store.
   *
   * It does not protect from someone who can write to the store. An altered value, and one that was moved to another key,
   * is an error for its reader. But such a person can remove values, restore earlier ones, and put values there that are
   * not encrypted.
   *
   * A commit of a store takes 16 MiB, encrypted. JSON and base64 of that size fit; of text that cannot be compressed,
   * 12 MB do. What is larger is refused, as it is without encryption.
   *
   * @default {nothing is encrypted}
   */
  readonly encrypt?: readonly string[];
  /**
   * How long a link to a batch is good for, in seconds. The answer to a delivery has one in it, as it was signed then:
   * whoever sends the same delivery again, with its valid signature, gets that one, as a sender must whose answer was
   * lost. So a delivery that somebody has written down opens its batch until this time is over, unless its scheme
   * signs the time of sending.
   * @default {604_800} a week
   */
  readonly linkLifetimeSeconds?: number;
  /**
   * Lets an operator in, to the list of batches and to each of them, and to decide on batches in doubt. A browser asks
   * for a name and a password (HTTP Basic): the verifier gets the password as `Authorization: Bearer`, so that
   * `bearer()` serves people and programs; the name does not matter.
   * @default {nobody is let in}
   */
  readonly operator?: Verifier;
  /**
   * Lets others see a batch without a link, by who they are, as `operator` does.
   * @default {a link is needed}
   */
  readonly viewer?: Verifier;
  /** Puts credentials on requests for hooks that have no authorizer of their own. */
  readonly authorizer?: Authorizer;
  /**
   * Which Compute service is called.
   * @default {Globus's own}
   */
  readonly service?: ServiceOptions;
  /** What a delivery may cost. */
  readonly limits?: Partial<EdgeLimits>;
  /**
   * How long deliveries, batches and results are kept, in milliseconds. A delivery that comes again later counts as
   * new where its scheme signs no time, as GitHub's does not.
   * @default {1_209_600_000} two weeks
   */
  readonly retentionMs?: number;
  /**
   * Sends a request.
   * @default {globalThis.fetch}
   */
  readonly fetch?: (request: Request) => Promise<Response>;
  /**
   * The addresses of a host name, so that none that is private is sent to. Needed where a hook has `deliver`, or an
   * issuer of tokens names another host for its keys, unless `allowPrivateAddresses` is set.
   *
   * No runtime lets `fetch` be told which of them to connect to, and it looks the name up once more: a receiver whose
   * name changes its address in between (DNS rebinding) gets by. It is reached over HTTPS alone, so that it must have
   * a certificate for its name; where something behind the handler would answer all the same, keep the handler's
   * network from it.
   */
  readonly resolveAddresses?: (
    hostname: string,
    options: { signal: AbortSignal },
  ) => Promise<readonly string[]>;
  /**
   * Whether results may be sent to private addresses and over plain HTTP, and keys of issuers fetched from private
   * addresses that the issuers name: for development.
   * @default {false}
   */
  readonly allowPrivateAddresses?: boolean;
  /**
   * Tells the time and sleeps.
   * @default {the runtime's}
   */
  readonly clock?: Clock;
  /** Keeps the process up for what goes on after an answer: `(promise) => ctx.waitUntil(promise)` on Workers. */
  readonly waitUntil?: (promise: Promise<unknown>) => void;
  /**
   * Is told when `collect` should be called next, in milliseconds since 1970. It may set an alarm, and is awaited
   * before the sender is answered.
   */
  readonly onDue?: (atMs: number) => void | Promise<void>;
  /** Is told of all that happens. What it throws reaches nobody. */
  readonly onEvent?: (event: EdgeEvent) => void;
}

/** What one call of `collect` came to. */
export interface CollectReport {
  /** When it should be called next, in milliseconds since 1970; nothing while there is no work. */
  readonly nextAtMs: number | undefined;
  /** Whether another process is collecting, so that this one did nothing. */
  readonly isElsewhere: boolean;
}

/** A fetch handler that turns deliveries into batches, and shows and delivers their results. */
export interface EdgeHandler {
  /** Answers a request. It never rejects. */
  (request: Request): Promise<Response>;
  /**
   * Does what is due: submissions that a process left behind, results, messages. Call it when `onDue` says so, and
   * when a process starts. Of several that are called at once, one works. Where a process has ended that was at it, that is
   * seen after 30 s: one that is started now and then, and ends at once, has to stay for as long.
   */
  collect(options?: { signal?: AbortSignal }): Promise<CollectReport>;
}
