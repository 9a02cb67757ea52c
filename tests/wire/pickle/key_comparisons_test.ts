/** Proves that numbers chosen to be slow as keys are refused, and that as many others are not. */
import { assertStrictEquals, assertThrows } from "@std/assert";
import { decodePickle } from "../../../src/wire/pickle/decode_pickle.ts";
import { PickleError } from "../../../src/wire/pickle/pickle_reader.ts";
import type { PythonValue } from "../../../src/wire/values/python_value.ts";
import { bytesOf } from "./pickles.ts";

const MASK = 2n ** 64n - 1n;

/** An integer of 64 bits, or more, as an opcode. */
function integer(value: bigint, bytes: number): string {
  const digits = Array.from({ length: bytes }, (_, index) => Number(value >> BigInt(8 * index) & 255n));
  return `\x8a${String.fromCharCode(bytes, ...digits)}`;
}

function float(bits: bigint): string {
  const bytes = Array.from({ length: 8 }, (_, index) => Number(bits >> BigInt(56 - 8 * index) & 255n));
  return `G${String.fromCharCode(...bytes)}`;
}

/** The number of 64 bits that V8 hashes to these: each step of its hash, backwards. */
function withHash(hash: bigint): bigint {
  const unshift = (value: bigint, by: bigint) => {
    let before = value;
    for (let done = by; done < 64n; done += by) before = value ^ before >> by;
    return before;
  };
  const divide = (value: bigint, by: bigint) => {
    let inverse = by; // By Newton's method, from the three bits that are right from the start.
    for (let bits = 3; bits < 64; bits *= 2) inverse = inverse * (2n - by * inverse) & MASK;
    return value * inverse & MASK;
  };
  let value = divide(unshift(hash, 22n), 65n);
  value = unshift(divide(unshift(value, 11n), 21n), 31n);
  return divide(value + 1n, 2n ** 18n - 1n);
}

/** So many different numbers of 64 bits that V8 puts into one bucket. */
function alike(count: number): bigint[] {
  return Array.from(
    { length: count },
    (_, index) => withHash(BigInt(index + 1) * 0x9e3779b1n % 2n ** 34n << 30n),
  );
}

/** The 32 bits of V8's hash of a small integer that choose its bucket, of 32,768. */
function bucketOf(key: number): number {
  let hash = ~key + (key << 15) | 0;
  hash ^= hash >>> 12;
  hash = hash + (hash << 2) | 0;
  hash ^= hash >>> 4;
  hash = Math.imul(hash, 2057);
  return (hash ^ hash >>> 16) & 0x7fff;
}

function alikeIntegers(count: number): number[] {
  const found: number[] = [];
  for (let key = 1; found.length < count; key++) if (bucketOf(key) === 0) found.push(key);
  return found;
}

const COUNT = 5_000;
const HOSTILE: [what: string, keys: string[]][] = [
  [
    "integers whose lowest 64 bits are the same",
    Array.from({ length: COUNT }, (_, i) => integer(BigInt(i + 1) << 64n, 12)),
  ],
  ["integers of 64 bits with the same hash", alike(COUNT).map((value) => integer(value, 9))],
  ["floats with the same hash", alike(COUNT).map(float)],
  ["small integers with the same hash", alikeIntegers(COUNT).map((key) => integer(BigInt(key), 5))],
];
/** Each way to fill a set or a `Map`. */
const WAYS: [what: string, fill: (keys: readonly string[]) => string][] = [
  ["ADDITEMS", (keys) => `\x8f(${keys.join("")}\x90.`],
  ["FROZENSET", (keys) => `(${keys.join("")}\x91.`],
  ["builtins.set", (keys) => `c__builtin__\nset\n](${keys.join("")}e\x85R.`],
  ["SETITEMS", (keys) => `}(${keys.map((key) => `${key}N`).join("")}u.`],
  ["SETITEM", (keys) => `}${keys.map((key) => `${key}Ns`).join("")}.`],
  [
    "OrderedDict",
    (keys) => `ccollections\nOrderedDict\n](${keys.map((key) => `${key}N\x86`).join("")}e\x85R.`,
  ],
];
/** Enough for some thousand keys, whatever they are. */
const LIMITS = { maxKeyComparisons: 2 ** 21 };
const TOO_MANY = "has too many numbers for keys: see 'maxKeyComparisons' of 'pickleLimits'";

Deno.test("decodePickle() refuses numbers that were chosen to be slow as keys", () => {
  for (const [what, keys] of HOSTILE) {
    for (const [way, fill] of WAYS) {
      assertThrows(
        () => decodePickle(bytesOf(fill(keys)), LIMITS),
        PickleError,
        TOO_MANY,
      );
      assertStrictEquals(
        sizeOf(decodePickle(bytesOf(fill(keys.slice(0, 500))), LIMITS)),
        500,
        `${what}, ${way}`,
      );
    }
  }
});

Deno.test("decodePickle() takes as many numbers that were not", () => {
  const keys = [
    Array.from({ length: COUNT }, (_, index) => integer(BigInt(index) * 1_000_003n, 6)),
    Array.from({ length: COUNT }, (_, index) => integer(BigInt(index) * 0x9e3779b97f4a7c15n + 2n ** 60n, 12)),
    Array.from({ length: COUNT }, (_, index) => float(0x3ff0000000000000n + BigInt(index) * 0x1234567n)),
  ];
  for (const numbers of keys) {
    for (const [way, fill] of WAYS) {
      assertStrictEquals(sizeOf(decodePickle(bytesOf(fill(numbers)))), COUNT, way);
    }
  }
});

/** So many indexes, in an order that has nothing to do with their size. */
const shuffled = (count: number) => Array.from({ length: count }, (_, index) => index * 7919 % count);

Deno.test("decodePickle() takes any number of indexes for keys, in any order", () => {
  const orders = [shuffled(100_000), Array.from({ length: 100_000 }, (_, index) => 99_999 - index)];
  for (const numbers of orders) {
    const keys = numbers.map((number) => integer(BigInt(number), 3));
    assertStrictEquals(sizeOf(decodePickle(bytesOf(`\x8f(${keys.join("")}\x90.`))), 100_000);
  }
});

Deno.test("decodePickle() bounds what a pickle of 10 MB can make any runtime compare", () => {
  // Each set alone is fine.
  const set = `(${alike(COUNT).map(float).join("")}\x91`;
  assertThrows(() => decodePickle(bytesOf(`(${set.repeat(150)}t.`)), PickleError, TOO_MANY);
});

Deno.test("decodePickle() refuses a few large integers that take long to compare", () => {
  const large = "\x8b\0\0\x01\0" + "\x07".repeat(2 ** 16);
  const keys = Array.from({ length: 40 }, (_, index) => large.slice(0, -1) + String.fromCharCode(index)).join(
    "",
  );
  const memoized = Array.from({ length: 40 }, (_, index) => `h${String.fromCharCode(index)}`).join("");
  const pickle = `(${keys.replaceAll(large.slice(0, 5), `\x94${large.slice(0, 5)}`).slice(1)}\x940(` +
    `(${memoized}\x91`.repeat(20_000) + "t.";
  assertThrows(
    () => decodePickle(bytesOf(pickle), LIMITS),
    PickleError,
    TOO_MANY,
  );
});

function sizeOf(value: PythonValue): number {
  return (value as Set<PythonValue> | Map<PythonValue, PythonValue>).size;
}
