/**
 * Where everything of the handler stands in the store. Names in it are ids, digests and names of hooks, so that each key
 * is what a store takes: printable ASCII of at most 400 characters.
 */
import type { StoreChange } from "../../mod.ts";

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

/** The tasks of a batch that the service has, and how far each is. */
export function tasksKey(batchId: string): string {
  return `${TASKS_PREFIX}${batchId}`;
}

/** Below it stand the batches, the newest first. */
export const RECENT_PREFIX = "edge/recent/";
/** Beyond any time that a clock tells: 13 digits hold it until the year 2286. */
const END_OF_TIME_MS = 9_999_999_999_999;

/** A batch, in the order of time. */
export function recentKey(createdAtMs: number, batchId: string): string {
  return `${RECENT_PREFIX}${digits(END_OF_TIME_MS - createdAtMs)}/${batchId}`;
}

/** Below it stand the messages that wait to be delivered. */
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

/** Below it stands what is due for the lane, in the order of time. */
export const DUE_PREFIX = "edge/due/main/";

/**
 * What is due at a time: a batch, or what waits in the outbox.
 *
 * @param name What follows `edge/batch/` or `edge/outbox/` in the key of its record.
 */
export function dueKey(atMs: number, name: string): string {
  return `${DUE_PREFIX}${digits(atMs)}/${name}`;
}

/** A time in as many digits as each other one. */
function digits(atMs: number): string {
  return String(Math.ceil(atMs)).padStart(13, "0");
}

/** A key that is written and removed to see whether the store takes it. */
export function readyKey(name: string): string {
  return `edge/ready/${name}`;
}

/** A delivery that is known, as the store has it. */
export interface DeliveryRecord {
  /** The digest of its bytes. */
  fingerprint: string;
  /** The batch that it has become; nothing where it is ignored. */
  batchId?: string;
}

/** What the keys of a delivery are made of. */
export interface DeliveryNames {
  hook: string;
  /** The digest of its own id. */
  idDigest: string;
  fingerprint: string;
  /** Without a signature on its id, it is named by its bytes: anybody could put another id on them. */
  isNamedByBytes: boolean;
}

/** Where a delivery stands, and where beside it its id stands for its bytes. */
export function namesOf({ hook, idDigest, fingerprint, isNamedByBytes }: DeliveryNames): {
  key: string;
  idKeys: readonly string[];
} {
  const byId = deliveryKey(hook, idDigest);
  return isNamedByBytes ? { key: bodyKey(hook, fingerprint), idKeys: [byId] } : { key: byId, idKeys: [] };
}

/** Something that is due. */
export interface DueEntry {
  /** Where it stands in the list. */
  readonly key: string;
  readonly atMs: number;
  /** Where its record stands. */
  readonly recordKey: string;
  /** The batch that it is about. */
  readonly batchId: string;
}

/** What a key of the list says. */
export function readDueKey(key: string): DueEntry {
  const [digits = "", ...name] = key.slice(DUE_PREFIX.length).split("/");
  const [batchId = "", kind] = name;
  const prefix = kind === undefined ? BATCH_PREFIX : OUTBOX_PREFIX;
  return { key, atMs: Number(digits), recordKey: prefix + name.join("/"), batchId };
}

/** For how long something is kept that is due at a time: it does not expire before. */
export function keptMs(retentionMs: number, atMs: number | undefined, nowMs: number): number {
  return Math.ceil(retentionMs + Math.max(0, (atMs ?? 0) - nowMs));
}

/** The changes that move something in the list of what is due: `undefined` for where it does not stand there. */
export function moveDue(
  name: string,
  fromMs: number | undefined,
  toMs: number | undefined,
  expiresInMs: number,
): StoreChange[] {
  const from = fromMs === undefined ? undefined : dueKey(fromMs, name);
  const to = toMs === undefined ? undefined : dueKey(toMs, name);
  if (from === to) return [];
  return [
    ...(from === undefined ? [] : [{ key: from, value: null }]),
    ...(to === undefined ? [] : [{ key: to, value: "", expiresInMs }]),
  ];
}
