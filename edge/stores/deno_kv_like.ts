/** A part of a key. */
export type DenoKvKeyPart = Uint8Array | string | number | bigint | boolean;

/** What is under a key. */
export interface DenoKvEntryLike {
  /** The key. */
  readonly key: readonly unknown[];
  /** The value; `null` where there is none. */
  readonly value: unknown;
  /** Another one with each write; `null` where there is no value. */
  readonly versionstamp: string | null;
}

/** Changes that happen together, or not at all. */
export interface DenoKvAtomicLike {
  /** Lets them happen only while these keys have these versions. */
  check(...checks: { key: readonly DenoKvKeyPart[]; versionstamp: string | null }[]): DenoKvAtomicLike;
  /** Writes a value. */
  set(key: readonly DenoKvKeyPart[], value: unknown, options?: { expireIn?: number }): DenoKvAtomicLike;
  /** Removes a value. */
  delete(key: readonly DenoKvKeyPart[]): DenoKvAtomicLike;
  /** Makes the changes, and tells whether they happened. */
  commit(): Promise<{ readonly ok: boolean; readonly versionstamp?: string }>;
}

/** The part of `Deno.Kv` that {@linkcode denoKvStore} uses. */
export interface DenoKvLike {
  /** What is under a key. */
  get(key: readonly DenoKvKeyPart[]): Promise<DenoKvEntryLike>;
  /** What is under each of up to ten keys. */
  getMany(keys: readonly (readonly DenoKvKeyPart[])[]): Promise<readonly DenoKvEntryLike[]>;
  /** What is under the keys from `start` to before `end`, in their order. */
  list(
    selector: { start: readonly DenoKvKeyPart[]; end: readonly DenoKvKeyPart[] },
    options?: { limit?: number; batchSize?: number },
  ): AsyncIterable<DenoKvEntryLike>;
  /** Begins changes that happen together. */
  atomic(): DenoKvAtomicLike;
}
