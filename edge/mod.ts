/**
 * A webhook becomes a batch of tasks on a supercomputer, once, and its results come back: a fetch handler for
 * Cloudflare Workers, Deno, Node and Bun.
 *
 * @module
 */
export { defineHook } from "./hook.ts";

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
export type { SchemaIssue, SchemaResult, StandardSchema } from "./standard_schema.ts";
export type {
  ReceivedRequest,
  Unverified,
  Verification,
  Verified,
  Verifier,
  VerifierContext,
} from "./verify/verifier.ts";
