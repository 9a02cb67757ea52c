/**
 * A webhook becomes a batch of tasks on a supercomputer, once, and its results come back: a fetch handler for
 * Cloudflare Workers, Deno, Node and Bun.
 *
 * ## A push to GitHub starts a simulation
 *
 * ```ts
 * import { clientCredentials } from "@edge-compute/globus";
 * import { createEdgeHandler, defineHook, github } from "@edge-compute/globus/edge";
 * import { sqliteStore } from "@edge-compute/globus/sqlite-store";
 * import * as v from "valibot";
 *
 * export function create(env: Record<"CLIENT_ID" | "CLIENT_SECRET" | "WEBHOOK_SECRET" | "LINK_SECRET", string>) {
 *   const endpointId = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
 *   const functionId = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";
 *   return createEdgeHandler({
 *     baseUrl: "https://hooks.example.org",
 *     store: sqliteStore("edge.sqlite"),
 *     linkSecrets: [env.LINK_SECRET],
 *     authorizer: clientCredentials({ clientId: env.CLIENT_ID, clientSecret: env.CLIENT_SECRET }),
 *     hooks: {
 *       "simulate-on-push": defineHook({
 *         verify: github({ secrets: [env.WEBHOOK_SECRET], events: ["push"] }), // No ping, no deleted branch
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
 * ## What the sender is told
 *
 * | answer | when |
 * |---|---|
 * | 202 | the delivery is a batch: `batchId`, `statusUrl`, `viewUrl`, and `taskIds` where it was submitted within 8 s; the same again when it is sent again |
 * | 200 | the hook had nothing to run, or its verifier passes the event over; or it was a handshake, which is answered |
 * | 401 | the signature or the token is not right; always the same bytes, and `onEvent` is told the cause |
 * | 400, 405, 408, 413, 415, 422, 431 | the method, the body, its size, its type, its nesting, its shape or the delivery's id |
 * | 500 | the hook's own code failed, or the handler cannot submit what it made; nothing was submitted |
 * | 502 | Globus Compute has refused the batch, and surely runs nothing of it: sent again, the delivery counts as new |
 * | 503 | the delivery could not be taken, its store for one does not answer: send it again |
 *
 * Each refusal is a problem document (RFC 9457). A hook's `batch` makes data, and may be asked twice about one delivery;
 * one of its batches is taken, in one commit, and from then on the delivery is never lost: where Globus Compute is surely
 * not reached, asks to wait (429) or does not take the credentials (401), its state is `submitting`, and `collect` goes on
 * with it, after 15 s and less and less often for a day; `onEvent` is told (`submissionPostponed`). Where it goes in
 * several requests, and the service has taken some of them, its state is `partlySubmitted`: those tasks run, and the rest
 * is tried again, or waits for an operator where the service refuses it for good. A batch of which
 * nobody knows whether it was submitted has the state `inDoubt`: it is never submitted again by itself, but where the
 * hook says so, or an operator decides. Which failures are told apart depends on the runtime's `fetch`: on Workers each
 * lost connection is a doubt (see `ComputeNetworkError` of the client).
 *
 * Several processes may share a store: each takes deliveries, and one at a time sends the requests of all, so that they
 * keep one rate. It holds a lease of 30 s while there is work. What remains: a process that stands still for longer than
 * that between its commit and its request does not notice, and sends it when it goes on.
 *
 * ## What is kept, and for how long
 *
 * Deliveries (their digests), payloads, batches and results are kept for `retentionMs`, two weeks, and then removed. An
 * operator removes the payload and the results of a batch at once by the decision `remove`.
 *
 * ## Who sends
 *
 * | sender | verifier |
 * |---|---|
 * | GitHub, GitLab | `github({ secrets, events })`, `gitlab({ secrets, events })` |
 * | Slack, Discord, Meta, Microsoft Graph, with the handshake of each | `slack`, `discord`, `meta`, `microsoftGraph` |
 * | Svix, and all who follow Standard Webhooks | `standardWebhooks` |
 * | Stripe and its form; Inngest; QStash; Hugging Face | `timestampedHmac`; `inngest`; `qstash`; `huggingFace` |
 * | others that sign with a shared secret, or send it in a header | `hmac`, `headerSecret`, `bearer` |
 * | whoever has a token of an OpenID Connect issuer | `jwtBearer` |
 *
 * `anyOf` takes several. A verifier of your own is a function: see {@linkcode Verifier}, also for handshakes.
 *
 * ## Looking on
 *
 * `onEvent` is told of all that happens; the deployables write each event as a line of JSON. A `traceparent` that came
 * with a delivery stands in the events of its batch, the one of its submission first. Where the host has set OpenTelemetry
 * up, a verified delivery is a span `globus_compute.delivery` of the sender's trace, with `globus_compute.submission` within it; each
 * round of collecting is `globus_compute.collect`, and the metric `globus_compute.handler.events` counts events by kind
 * and hook.
 *
 * ## Encryption at rest
 *
 * `encrypt` takes keys that encrypt what the store keeps: {@linkcode EdgeOptions} says what stays visible, and how to
 * replace a key. Without it, payloads and results are in the store as they came.
 *
 * ## Deploying
 *
 * Three files run the handler from the environment and a hooks file, `edge/hooks.ts` of the repository: `edge/configuration.ts`
 * lists the variables, and a start without one of them ends with a line that names it.
 *
 * **Cloudflare Workers**: `edge/cloudflare.ts` with `edge/wrangler.jsonc`. One Durable Object has the handler, its store in
 * SQLite and the alarm that collects, so that all deliveries share one rate of requests. Secrets go in by
 * `npx wrangler secret put`, then `npx wrangler deploy`. The free plan's 50 subrequests an event suffice: `collect` keeps to
 * `limits.maxRequestsPerCollect`.
 *
 * **Deno Deploy**: `edge/deno.ts`, which `deno.json` names under `deploy`. It needs a KV database that is assigned to
 * the app; `Deno.cron` wakes it every minute.
 *
 * **A server of one's own**: `deno task serve`, on Deno or on Node, with a SQLite file for a store, behind a proxy with
 * TLS. Several servers of one machine may share the file: one at a time sends the requests of all.
 *
 * In an object of your own, and the Worker in front of it, set the compatibility flags `enable_request_signal` and
 * `request_signal_passthrough`: a body is never cancelled there, and they tell when the reader of a stream has gone.
 *
 * A Worker without that object cannot hold the handler, nor a client: what one request waits for, no other may wait for.
 *
 * Elsewhere: mount the handler as `(request) => Promise<Response>`, give it a store that outlives the process, and call
 * `collect` when `onDue` says so and when a process starts.
 *
 * @module
 */
export type { AddressOptions } from "./check_address.ts";
export { createEdgeHandler } from "./handler.ts";
export { defineHook } from "./hook.ts";
export { anyOf } from "./verify/any_of.ts";
export { bearer } from "./verify/bearer.ts";
export { slack } from "./verify/slack.ts";
export { discord } from "./verify/discord.ts";
export { github } from "./verify/github.ts";
export { gitlab } from "./verify/gitlab.ts";
export { headerSecret } from "./verify/header_secret.ts";
export { huggingFace } from "./verify/hugging_face.ts";
export { inngest } from "./verify/inngest.ts";
export { jwtBearer } from "./verify/jwt_bearer.ts";
export { meta } from "./verify/meta.ts";
export { microsoftGraph } from "./verify/microsoft_graph.ts";
export { qstash } from "./verify/qstash.ts";
export { standardWebhooks } from "./verify/standard_webhooks.ts";
export { timestampedHmac } from "./verify/timestamped_hmac.ts";
export { denoKvStore } from "./stores/deno_kv_store.ts";
export { durableObjectStore } from "./stores/durable_object_store.ts";
export { hmac } from "./verify/hmac.ts";

export type {
  BatchEvent,
  CollectFailedEvent,
  DeliveryIgnoredEvent,
  DeliveryRefusedEvent,
  DeliveryRepeatedEvent,
  EdgeEvent,
  HandshakeEvent,
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
export type { SignatureEncoding } from "./verify/signatures.ts";
export type { DeliveryIdSource } from "./verify/delivery_id.ts";
export type { ClaimValue } from "./verify/find_wrong_claim.ts";
export type { DiscordOptions } from "./verify/discord.ts";
export type { GithubOptions } from "./verify/github.ts";
export type { GitlabOptions } from "./verify/gitlab.ts";
export type { HeaderSecretOptions } from "./verify/header_secret.ts";
export type { HmacAlgorithm } from "./verify/signatures.ts";
export type { HmacOptions } from "./verify/hmac.ts";
export type { HuggingFaceOptions } from "./verify/hugging_face.ts";
export type { InngestOptions } from "./verify/inngest.ts";
export type { JsonWebKeySet } from "./verify/key_set.ts";
export type { JwtBearerOptions } from "./verify/jwt_bearer.ts";
export type { MetaOptions } from "./verify/meta.ts";
export type { MicrosoftGraphOptions } from "./verify/microsoft_graph.ts";
export type { QstashOptions } from "./verify/qstash.ts";
export type { Secret } from "./verify/read_secrets.ts";
export type { SlackOptions } from "./verify/slack.ts";
export type { StandardWebhooksOptions } from "./verify/standard_webhooks.ts";
export type { TimestampedHmacForm, TimestampedHmacFormName } from "./verify/timestamped_hmac_form.ts";
export type { TimestampedHmacOptions } from "./verify/timestamped_hmac.ts";
export type {
  HandshakeAnswer,
  ReceivedRequest,
  Unverified,
  Verification,
  Verified,
  Verifier,
  VerifierContext,
} from "./verify/verifier.ts";
