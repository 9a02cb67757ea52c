import { isRecord } from "../../src/base/narrow.ts";
import type { Store } from "../../mod.ts";
import { BATCH_PREFIX, TASKS_PREFIX } from "./keys.ts";

/** A value in the store, and the text that it was read from: the condition of the next write. */
export interface Versioned<T> {
  value: T;
  text: string;
}

/**
 * Reads what the handler itself has written.
 *
 * @throws {UnreadableRecordError} If it is something else.
 */
export async function readRecord<T>(store: Store, key: string): Promise<Versioned<T> | undefined> {
  return parseRecord(key, await store.get(key));
}

/**
 * Reads several of them, as they stand at one moment.
 *
 * @throws {UnreadableRecordError} If one is something else.
 */
export async function readAtOnce<T extends unknown[]>(
  store: Store,
  ...keys: { [Place in keyof T]: string }
): Promise<{ [Place in keyof T]: Versioned<T[Place]> | undefined }> {
  const texts = await store.getMany(keys);
  return texts.map((text, place) => parseRecord(keys[place] as string, text)) as {
    [Place in keyof T]: Versioned<T[Place]> | undefined;
  };
}

/** What a text of the store says. */
export function parseRecord<T>(key: string, text: string | undefined): Versioned<T> | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UnreadableRecordError(key, "it is no JSON", { cause });
  }
  if (isSound(key, value)) return { value: value as T, text };
  throw new UnreadableRecordError(key, "it is no record of this version");
}

/** What stands in the store cannot be read: nothing else fails for it. */
class UnreadableRecordError extends Error {
  constructor(key: string, why: string, options?: ErrorOptions) {
    super(`Cannot read '${key}' of the store: ${why}. To go on without it, delete it`, options);
  }
}

/** Whether a record has the parts by which all others are found. */
function isSound(key: string, value: unknown): boolean {
  if (key.startsWith(TASKS_PREFIX)) {
    return Array.isArray(value) && value.every((task) => has(task, "taskId", "state"));
  }
  return has(value) &&
    (!key.startsWith(BATCH_PREFIX) ||
      has(value, "id", "state") && has(value.submission) && has(value.counts));
}

/** Whether a value is an object that has these texts. */
function has(value: unknown, ...names: readonly string[]): value is Record<string, unknown> {
  return isRecord(value) && names.every((name) => typeof value[name] === "string");
}
