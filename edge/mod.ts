/**
 * A webhook becomes a batch of tasks on a supercomputer, once, and its results come back: a fetch handler for
 * Cloudflare Workers, Deno, Node and Bun.
 *
 * @example A push to GitHub starts a simulation, and the commit is told what became of it
 * ```ts
 * import { clientCredentials } from "@edge-compute/globus";
 * import { createEdgeHandler, defineHook, github } from "@edge-compute/globus/edge";
 * import { fileStore } from "@edge-compute/globus/file-store";
 * import * as v from "valibot";
 *
 * export function create(env: Record<"CLIENT_ID" | "CLIENT_SECRET" | "WEBHOOK_SECRET" | "LINK_SECRET", string>) {
 *   const endpointId = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
 *   const functionId = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";
 *   return createEdgeHandler({
 *     baseUrl: "https://hooks.example.org",
 *     store: fileStore("edge"),
 *     linkSecrets: [env.LINK_SECRET],
 *     authorizer: clientCredentials({ clientId: env.CLIENT_ID, clientSecret: env.CLIENT_SECRET }),
 *     hooks: {
 *       "simulate-on-push": defineHook({
 *         verify: github({ secrets: [env.WEBHOOK_SECRET] }),
 *         payload: v.object({ ref: v.string(), head_commit: v.object({ id: v.string() }) }),
 *         endpoints: [endpointId],
 *         functions: [functionId],
 *         batch: (event) => ({ endpointId, tasks: [{ functionId, kwargs: { commit: event.head_commit.id } }] }),
 *       }),
 *     },
 *   });
 * }
 * ```
 *
 * @module
 */
export { createEdgeHandler } from "./handler.ts";
export { defineHook } from "./hook.ts";
export { anyOf } from "./verify/any_of.ts";
export { bearer } from "./verify/bearer.ts";
export { github } from "./verify/github.ts";
export { hmac } from "./verify/hmac.ts";
export { jwtBearer } from "./verify/jwt_bearer.ts";
export { standardWebhooks } from "./verify/standard_webhooks.ts";
export { timestampedHmac } from "./verify/timestamped_hmac.ts";
export { denoKvStore } from "./stores/deno_kv_store.ts";
export { durableObjectStore } from "./stores/durable_object_store.ts";

export type {
  BatchEvent,
  CollectFailedEvent,
  DeliveryIgnoredEvent,
  DeliveryRefusedEvent,
  DeliveryRepeatedEvent,
  EdgeEvent,
  MessageEvent,
} from "./event.ts";
export type { Commit, CommitStatusTarget, DeliveryTarget, DoubtPolicy, Hook, HookContext } from "./hook.ts";
export type { CollectReport, EdgeHandler, EdgeLimits, EdgeOptions, ServiceOptions } from "./options.ts";
export type { DenoKvAtomicLike, DenoKvEntryLike, DenoKvKeyPart, DenoKvLike } from "./stores/deno_kv_like.ts";
export type { DenoKvStoreOptions } from "./stores/deno_kv_store.ts";
export type {
  DurableObjectStorageLike,
  DurableObjectStoreOptions,
  SqlCursorLike,
  SqlValue,
} from "./stores/durable_object_store.ts";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./standard_schema.ts";
export type { BearerOptions } from "./verify/bearer.ts";
export type { SignatureEncoding } from "./verify/decode_signature.ts";
export type { DeliveryIdSource } from "./verify/delivery_id.ts";
export type { ClaimValue } from "./verify/find_wrong_claim.ts";
export type { GithubOptions } from "./verify/github.ts";
export type { HmacAlgorithm } from "./verify/hmac_keys.ts";
export type { HmacOptions } from "./verify/hmac.ts";
export type { JsonWebKeySet } from "./verify/key_set.ts";
export type { JwtBearerOptions } from "./verify/jwt_bearer.ts";
export type { Secret } from "./verify/read_secrets.ts";
export type { StandardWebhooksOptions } from "./verify/standard_webhooks.ts";
export type { TimestampedHmacForm, TimestampedHmacFormName } from "./verify/timestamped_hmac_form.ts";
export type { TimestampedHmacOptions } from "./verify/timestamped_hmac.ts";
export type {
  ReceivedRequest,
  Unverified,
  Verification,
  Verified,
  Verifier,
  VerifierContext,
} from "./verify/verifier.ts";
