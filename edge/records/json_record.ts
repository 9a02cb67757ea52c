import type { Store } from "../../mod.ts";

/** A value in the store, and the text that it was read from: the condition of the next write. */
export interface Versioned<T> {
  value: T;
  text: string;
}

/** Reads what the handler itself has written. */
export async function readRecord<T>(store: Store, key: string): Promise<Versioned<T> | undefined> {
  const text = await store.get(key);
  if (text === undefined || text === "") return undefined;
  try {
    return { value: JSON.parse(text) as T, text };
  } catch (cause) {
    throw new Error(`Cannot read '${key}' of the store: it is no JSON`, { cause });
  }
}

/**
 * Changes a record, however many do so at once. `change` is called again where another one came first; what it
 * returns is written, and nothing where it returns `undefined`.
 *
 * @param guess The record as it stood a moment ago: it is read only where that has changed, or is not to be.
 * @returns The record as it stands now, or nothing where there is none.
 */
export async function updateRecord<T>(
  store: Store,
  key: string,
  change: (value: T) => T | undefined,
  expiresInMs: number,
  guess?: Versioned<T>,
): Promise<T | undefined> {
  for (let found = guess;; found = undefined) {
    const isGuess = found !== undefined;
    found ??= await readRecord<T>(store, key);
    if (found === undefined) return undefined;
    const changed = change(found.value);
    if (changed === undefined) {
      if (!isGuess) return found.value;
    } else if (await store.compareAndSet(key, found.text, JSON.stringify(changed), { expiresInMs })) {
      return changed;
    }
  }
}
