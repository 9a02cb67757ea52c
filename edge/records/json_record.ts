import { isRecord } from "../../src/base/narrow.ts";
import type { Store, StoreChange } from "../../mod.ts";
import { getAll, listAll } from "../../src/store/writes.ts";
import type { EdgeContext } from "../context.ts";
import { BATCH_PREFIX, TASKS_PREFIX } from "./keys.ts";

/** In reads of ten. */
const RECORDS_AT_ONCE = 160;

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

/**
 * Reads the records that a list names. One that cannot be read is reported, and the others are read all the same.
 *
 * @param prefix The list: what follows in its keys is an id.
 * @param keyOf Where the record of an id is.
 */
export async function readListed<T>(
  { store, tell }: Pick<EdgeContext, "store" | "tell">,
  prefix: string,
  keyOf: (id: string) => string,
): Promise<{ id: string; found: Versioned<T> | undefined }[]> {
  const ids: string[] = [];
  for await (const key of listAll(store, prefix)) ids.push(key.slice(prefix.length));
  const records: { id: string; found: Versioned<T> | undefined }[] = [];
  for (let start = 0; start < ids.length; start += RECORDS_AT_ONCE) {
    const part = ids.slice(start, start + RECORDS_AT_ONCE);
    const texts = await getAll(store, part.map(keyOf));
    for (const [place, id] of part.entries()) {
      try {
        records.push({ id, found: parseRecord(keyOf(id), texts[place]) });
      } catch (error) {
        tell({ kind: "collectFailed", batchIds: [id.split("/")[0] as string], error });
      }
    }
  }
  return records;
}

function parseRecord<T>(key: string, text: string | undefined): Versioned<T> | undefined {
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
    (!key.startsWith(BATCH_PREFIX) || has(value, "id", "state") && has(value.submission, "key") &&
        has(value.counts));
}

/** Whether a value is an object that has these texts. */
function has(value: unknown, ...names: readonly string[]): value is Record<string, unknown> {
  return isRecord(value) && names.every((name) => typeof value[name] === "string");
}

/**
 * Changes a record, however many do so at once. `change` is called again where another one came first; what it
 * returns is written, and nothing where it returns `undefined`.
 *
 * @param guess The record as it stood a moment ago: it is read only where that has changed, or is not to be.
 * @param also What is written in the same commit.
 * @returns The record as it stands now, or nothing where there is none.
 */
export async function updateRecord<T>(
  store: Store,
  key: string,
  change: (value: T) => T | undefined,
  expiresInMs: number,
  guess?: Versioned<T>,
  also: (changed: T) => readonly StoreChange[] = () => [],
): Promise<T | undefined> {
  for (let found = guess;; found = undefined) {
    const isGuess = found !== undefined;
    found ??= await readRecord<T>(store, key);
    if (found === undefined) return undefined;
    const changed = change(found.value);
    if (changed === undefined) {
      if (!isGuess) return found.value;
    } else {
      const own = { key, expected: found.text, value: JSON.stringify(changed), expiresInMs };
      if (await store.commit([own, ...also(changed)])) return changed;
    }
  }
}
