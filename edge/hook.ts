import { checkKeys } from "../src/base/check.ts";
import type { Authorizer, Batch } from "../mod.ts";
import type { StandardSchema } from "./standard_schema.ts";
import type { Verifier } from "./verify/verifier.ts";

/** What a hook is told beside the event. */
export interface HookContext {
  /** The hook's name. */
  readonly hook: string;
  /** The id that the batch will have. */
  readonly batchId: string;
  /** The delivery's own id. */
  readonly deliveryId: string;
  /** The header fields of the delivery, without credentials and signatures: `cookie`, `x-gitlab-token` and the like. */
  readonly headers: Headers;
  /** What the verifier found to be true of the sender. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Ends when the delivery is to be given up. */
  readonly signal: AbortSignal;
}

/** Where results are sent, signed as Standard Webhooks. */
export interface DeliveryTarget {
  /** HTTPS. It is treated as a secret: no message and no log has it. */
  readonly url: string;
  /** `whsec_…` in base64, of 24 to 64 bytes; of several, the first signs first, so that they can be rotated. */
  readonly secret: string | readonly string[];
  /**
   * What a message carries: the results, in as many messages as they take, or a link to them.
   * @default {"results"}
   */
  readonly content?: "results" | "link";
}

/** A commit that a batch belongs to. */
export interface Commit {
  /** `owner/name`. */
  readonly repository: string;
  /** The full hash. */
  readonly sha: string;
}

/**
 * How a commit on GitHub is told what became of the batch that it started. The status leads to the batch's page: whoever
 * may read the repository, everybody where it is public, can follow the link until it expires.
 */
export interface CommitStatusTarget {
  /** A token that may write commit statuses (`statuses: write`), or a function that gets one. */
  readonly token: string | ((context: { signal: AbortSignal }) => string | Promise<string>);
  /**
   * The commit of an event.
   * @default {`repository.full_name` and `head_commit.id` or `after` of a push}
   */
  readonly commit?: (event: unknown) => Commit | undefined;
  /**
   * The name under which the status stands.
   * @default {"globus-compute/" and the hook's name}
   */
  readonly context?: string;
  /**
   * GitHub's API.
   * @default {"https://api.github.com"}
   */
  readonly apiUrl?: string;
}

/** What becomes of a batch of which nobody knows whether it was submitted. */
export type DoubtPolicy = "keep" | "submitAgain";

/** What a hook has. */
export const HOOK_KEYS =
  "verify payload endpoints functions batch authorizer authorizerFor deliver commitStatus onDoubt " +
  "answer maxBodyBytes";

/**
 * A hook as data: who may send, what an event must look like, and the batch that it becomes.
 *
 * @example A push that starts a simulation
 * ```ts
 * import { accessToken } from "@edge-compute/globus";
 * import { defineHook, github } from "@edge-compute/globus/edge";
 * import * as v from "valibot";
 *
 * const endpointId = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
 * const functionId = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";
 *
 * const simulateOnPush = defineHook({
 *   verify: github({ secrets: ["…"], events: ["push"] }),
 *   payload: v.object({ ref: v.string(), head_commit: v.object({ id: v.string() }) }),
 *   endpoints: [endpointId],
 *   functions: [functionId],
 *   authorizer: accessToken("…"),
 *   batch: (event) =>
 *     event.ref === "refs/heads/main"
 *       ? { endpointId, tasks: [{ functionId, kwargs: { commit: event.head_commit.id } }] }
 *       : undefined,
 * });
 * ```
 */
export interface Hook<Event = unknown> {
  /** Who may send. */
  readonly verify: Verifier;
  /** What an event must look like: a schema of valibot, or of any library that follows Standard Schema. */
  readonly payload?: StandardSchema<Event>;
  /** The endpoints that a batch of this hook may go to. */
  readonly endpoints: readonly string[];
  /** The registered functions that a batch of this hook may call. */
  readonly functions: readonly string[];
  /** Puts credentials on what is sent to Globus Compute for this hook. */
  readonly authorizer?: Authorizer;
  /**
   * In place of `authorizer`: one that depends on the verified claims. It is called again, with the same claims,
   * whenever results are collected, days later too.
   */
  readonly authorizerFor?: (claims: Readonly<Record<string, unknown>>) => Authorizer | Promise<Authorizer>;
  /** Where results are sent. */
  readonly deliver?: DeliveryTarget;
  /** A commit on GitHub that is told what became of the batch. */
  readonly commitStatus?: CommitStatusTarget;
  /**
   * What becomes of a batch of which nobody knows whether it was submitted: it is kept for an operator to decide,
   * or submitted once more, where running a task twice does no harm.
   * @default {"keep"}
   */
  readonly onDoubt?: DoubtPolicy;
  /**
   * When the sender is answered: once the batch is submitted, with the ids of its tasks, but after 8 s at the latest, and
   * after 500 ms where another process sends the requests; or as soon as it is safe in the store: then it is submitted
   * under `waitUntil`.
   * @default {"submitted"}
   */
  readonly answer?: "submitted" | "accepted";
  /**
   * How large a delivery may be, in bytes. A Worker has 128 MB for all that it does at once: one delivery of 25 MB fits.
   * @default {the handler's `limits.maxBodyBytes`; without it what the sender sends at most, where `verify` states that; else 1 MiB}
   */
  readonly maxBodyBytes?: number;
  /**
   * The batch that an event becomes; nothing where it is to be ignored. It makes data: two processes that get the same
   * delivery at once both call it, and one of the two batches is taken. Whatever else it does may happen twice. It is not
   * asked about events that `verify` passes over.
   */
  batch(event: Event, context: HookContext): Batch | undefined | Promise<Batch | undefined>;
}

/**
 * Gives a hook the types of its schema: an event in `batch` is what `payload` lets through.
 *
 * @returns The hook as it is.
 */
export function defineHook<Event>(hook: Hook<Event>): Hook<Event> {
  checkKeys(hook, "defineHook()", HOOK_KEYS, "verify endpoints functions batch");
  return hook;
}
