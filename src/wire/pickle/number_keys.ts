/** Up to this many keys are compared in no time, but for large integers. */
const SMALL = 64;
const FIRST_BUCKETS = 8;

const WORDS = new Uint32Array(2);
const FLOAT = new Float64Array(WORDS.buffer);
const INTEGER = new BigUint64Array(WORDS.buffer);

/**
 * What it takes to look numbers up in each `Map` and `Set` of a pickle. V8 hashes numbers without a seed, and of a
 * `bigint` the lowest 64 bits alone; so whoever chooses the numbers can put all of them into one bucket, where each new
 * one is compared with all others: a pickle of 250 kB would take seconds, and one of 10 MB hours. This counts the
 * buckets along with V8. Texts it hashes with a seed.
 */
export class NumberKeys {
  /** How many numbers each bucket has, of containers that are not small. */
  readonly #buckets = new Map<object, Uint32Array>();

  /** Bytes of memory that a new key is to be charged, about four for each key that it is compared with. */
  cost(container: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>, key: number | bigint): number {
    if (container.size < SMALL && typeof key === "number") return 0;
    let cost = 0;
    let buckets = this.#buckets.get(container);
    if (buckets === undefined || container.size > 2 * buckets.length) {
      buckets = countBuckets(container, buckets === undefined ? FIRST_BUCKETS : 2 * buckets.length);
      this.#buckets.set(container, buckets);
      cost = 200 + 4 * buckets.length;
    }
    const at = hashOf(key) & buckets.length - 1;
    const others = buckets[at] as number;
    buckets[at] = others + 1;
    if (others === 0) return cost;
    return cost + others * (typeof key === "number" ? 4 : 4 + key.toString(16).length / 2);
  }
}

function countBuckets(
  container: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>,
  atLeast: number,
): Uint32Array {
  let length = atLeast;
  while (2 * length < container.size) length *= 2;
  const buckets = new Uint32Array(length);
  for (const key of container.keys()) {
    if (typeof key !== "number" && typeof key !== "bigint") continue;
    const at = hashOf(key) & length - 1;
    buckets[at] = (buckets[at] as number) + 1;
  }
  return buckets;
}

/** V8's hash of a number as a key. */
function hashOf(key: number | bigint): number {
  if (typeof key === "bigint") INTEGER[0] = key < 0n ? -key : key;
  else if ((key | 0) === key) return hash32(key);
  else FLOAT[0] = key;
  return hash64(WORDS[0] as number, WORDS[1] as number);
}

function hash32(key: number): number {
  let hash = ~key + (key << 15) | 0;
  hash ^= hash >>> 12;
  hash = hash + (hash << 2) | 0;
  hash ^= hash >>> 4;
  hash = Math.imul(hash, 2057);
  return hash ^ hash >>> 16;
}

/** The same for 64 bits, of which the lower half of the hash is kept. */
function hash64(low: number, high: number): number {
  // ~key + (key << 18)
  let sum = (~low >>> 0) + (low << 18 >>> 0);
  high = ~high + (high << 18 | low >>> 14) + (sum > 0xffff_ffff ? 1 : 0) >>> 0;
  low = sum >>> 0;
  [low, high] = [low ^ (low >>> 31 | high << 1), high ^ high >>> 31];
  const product = (low >>> 0) * 21;
  high = Math.imul(high, 21) + Math.floor(product / 2 ** 32) | 0;
  low = product >>> 0;
  [low, high] = [low ^ (low >>> 11 | high << 21), high ^ high >>> 11];
  sum = (low >>> 0) + (low << 6 >>> 0);
  high = high + (high << 6 | low >>> 26) + (sum > 0xffff_ffff ? 1 : 0) | 0;
  low = sum >>> 0;
  return low ^ (low >>> 22 | high << 10);
}
