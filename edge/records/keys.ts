/**
 * Where everything of the handler stands in the store. Names in it are ids, digests and names of hooks, so that each key
 * is what a store takes: printable ASCII of at most 400 characters.
 */
import type { StoreChange } from "../../mod.ts";
import type { BatchRecord } from "./batch_record.ts";

/** A delivery of a hook, by the digest of its id. */
export function deliveryKey(hook: string, idDigest: string): string {
  return `edge/delivery/${hook}/${idDigest}`;
}

/** What names the delivery of these bytes, where its id is not signed. */
export function bodyKey(hook: string, bodyDigest: string): string {
  return `edge/body/${hook}/${bodyDigest}`;
}

/** Below it stand the batches. */
export const BATCH_PREFIX = "edge/batch/";

/** A batch. */
export function batchKey(batchId: string): string {
  return `${BATCH_PREFIX}${batchId}`;
}

/** What was, or is to be, submitted. */
export function sentKey(batchId: string): string {
  return `edge/sent/${batchId}`;
}

/** Below it stand the tasks of batches. */
export const TASKS_PREFIX = "edge/tasks/";

/** The tasks of a batch, and how far each is. */
export function tasksKey(batchId: string): string {
  return `${TASKS_PREFIX}${batchId}`;
}

/** Below it stands the id of each batch that is not at its end. */
export const OPEN_PREFIX = "edge/open/";

/** A batch that is not at its end. */
export function openKey(batchId: string): string {
  return `${OPEN_PREFIX}${batchId}`;
}

/** Below it stand the batches, the newest first. */
export const RECENT_PREFIX = "edge/recent/";
/** Beyond any time that a clock tells: 13 digits hold it until the year 2286. */
const END_OF_TIME_MS = 9_999_999_999_999;

/** A batch, in the order of time. */
export function recentKey(createdAtMs: number, batchId: string): string {
  return `${RECENT_PREFIX}${String(END_OF_TIME_MS - createdAtMs).padStart(13, "0")}/${batchId}`;
}

/** The changes that put a batch on the lists by which it is found, or keep it there for longer. */
export function listed(
  { id, hook, createdAtMs }: Pick<BatchRecord, "id" | "hook" | "createdAtMs">,
  expiresInMs: number,
): StoreChange[] {
  return [
    { key: openKey(id), value: String(createdAtMs), expiresInMs },
    { key: recentKey(createdAtMs, id), value: hook, expiresInMs },
  ];
}

/** Below it stands what waits to be delivered. */
export const OUTBOX_PREFIX = "edge/outbox/";

/** The messages of a batch that wait to be delivered, or its commit status. */
export function outboxKey(batchId: string, kind: "results" | "commitStatus"): string {
  return `${OUTBOX_PREFIX}${batchId}/${kind}`;
}

/** How the results of a batch are divided into messages. */
export function pagesKey(batchId: string): string {
  return `edge/pages/${batchId}`;
}

/** A receiver that has said that it wants no more, by the digest of its address. */
export function goneKey(urlDigest: string): string {
  return `edge/gone/${urlDigest}`;
}

/** A receiver that has asked to be left alone for a while, by the digest of its address: until when. */
export function pausedKey(urlDigest: string): string {
  return `edge/paused/${urlDigest}`;
}

/** The name of the lease of the process that collects. */
export const COLLECT_LEASE = "edge/lease/collect";

/** A key that is written and removed to see whether the store takes it. */
export function readyKey(name: string): string {
  return `edge/ready/${name}`;
}
