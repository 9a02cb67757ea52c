import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import type { Store, StoreChange } from "../../src/store/store.ts";
import { contentOf, pairOf, type StoreCase, storeCase } from "./store_case.ts";

const MAX_BYTES = 16 * 2 ** 20;
/** One character of each length in UTF-8, in bytes. */
const CHARACTERS: Readonly<Record<string, number>> = { x: 1, "\u00e9": 2, "\u20ac": 3, "\u{1f9ea}": 4 };
const LONE = ["\ud83e", "a\uddea", "\uddea\ud83e", "\ud83ex"];
/** What no type lets through. */
// deno-lint-ignore no-explicit-any
type Loose = any;

/** A call that a store refuses. */
interface Refused {
  what: string;
  error: typeof TypeError | typeof RangeError;
  /** What the message names. */
  named: string;
  call(store: Store): Promise<unknown>;
}

/** A text of so many bytes in UTF-8. */
function textOf(character: string, bytes: number): string {
  const length = CHARACTERS[character] as number;
  return character.repeat(Math.floor(bytes / length)) + "x".repeat(bytes % length);
}

const manyKeys = (count: number) => Array.from({ length: count }, (_, i) => `many ${i}`);

/** A commit with this change among others, which would be made. */
const commit = (what: string, error: Refused["error"], named: string, ...changes: Loose[]): Refused[] => [
  { what, error, named, call: (store) => store.commit(changes) },
  {
    what: `${what}, between others`,
    error,
    named,
    call: (store) =>
      store.commit([{ key: "before", value: "2" }, ...changes, { key: "standing", value: null }]),
  },
];

const badKeys: readonly [Loose, Refused["error"], string][] = [
  ["", RangeError, "not 0 of"],
  ["x".repeat(401), RangeError, "401"],
  ["\u00e9", RangeError, "printable ASCII"],
  ["line\nfeed", RangeError, "printable ASCII"],
  ["\0", RangeError, "printable ASCII"],
  ["\x7f", RangeError, "printable ASCII"],
  ["a\u{1f9ea}", RangeError, "printable ASCII"],
  [undefined, TypeError, "key"],
  [null, TypeError, "key"],
  [5, TypeError, "number"],
  [["a"], TypeError, "key"],
];

const badLists: readonly [string, Loose, Refused["error"], string][] = [
  ["", { limit: 0 }, RangeError, "limit"],
  ["", { limit: 1001 }, RangeError, "limit"],
  ["", { limit: -1 }, RangeError, "limit"],
  ["", { limit: 1.5 }, RangeError, "limit"],
  ["", { limit: NaN }, RangeError, "limit"],
  ["", { limit: "5" }, TypeError, "limit"],
  ["", { after: 5 }, TypeError, "after"],
  ["", { after: "\u00e9" }, RangeError, "after"],
  ["", { after: "x".repeat(401) }, RangeError, "after"],
  ["", { first: "a" }, TypeError, "first"],
  ["\u00e9", {}, RangeError, "prefix"],
  ["x".repeat(401), {}, RangeError, "prefix"],
  [5 as Loose, {}, TypeError, "prefix"],
];

const REFUSED: readonly Refused[] = [
  ...badKeys.flatMap(([key, error, named]) => [
    { what: `get() of ${key}`, error, named, call: (store: Store) => store.get(key) },
    { what: `getMany() of ${key}`, error, named, call: (store: Store) => store.getMany(["before", key]) },
    ...commit(`a change of ${key}`, error, named, { key, value: "1" }),
  ]),
  {
    what: "getMany() of 11 keys",
    error: RangeError,
    named: "11",
    call: (store) => store.getMany(manyKeys(11)),
  },
  ...badLists.map(([prefix, options, error, named]) => ({
    what: `list() of ${prefix}, ${JSON.stringify(options)}`,
    error,
    named,
    call: (store: Store) => store.list(prefix, options),
  })),
  ...commit("65 changes", RangeError, "at most 64", ...manyKeys(65).map((key) => ({ key, value: "1" }))),
  ...commit("65 checks", RangeError, "at most 64", ...manyKeys(65).map((key) => ({ key, expected: null }))),
  ...LONE.flatMap((text) => [
    ...commit("a lone surrogate", TypeError, "surrogate", { key: "new", value: text }),
    ...commit("a lone surrogate expected", TypeError, "surrogate", { key: "new", expected: text }),
    ...commit("both", TypeError, "surrogate", { key: "new", expected: text, value: "1" }),
  ]),
  ...commit("a doubled key", TypeError, "'new'", { key: "new", value: "1" }, { key: "new", value: "1" }),
  ...commit("a key doubled by a check", TypeError, "'new'", { key: "new", value: "1" }, {
    key: "new",
    expected: null,
  }),
  ...commit("no value and nothing expected", TypeError, "'new'", { key: "new" }),
  ...commit("only an expiry", TypeError, "'new'", { key: "new", expiresInMs: 5 }),
  ...[0, 0.5, -1, NaN, Infinity].flatMap((expiresInMs) =>
    commit(`an expiry in ${expiresInMs}`, RangeError, "expiresInMs", { key: "new", value: "1", expiresInMs })
  ),
  ...commit("an expiry of a text", TypeError, "expiresInMs", { key: "new", value: "1", expiresInMs: "5" }),
  ...commit("an expiry of nothing", TypeError, "'new'", { key: "new", value: null, expiresInMs: 5 }),
  ...commit("an expiry of a check", TypeError, "'new'", { key: "new", expected: null, expiresInMs: 5 }),
  ...commit("an unknown key", TypeError, "'expire'", { key: "new", value: "1", expire: 5 }),
  ...commit("a value of another type", TypeError, "'new'", { key: "new", value: 5 }),
  ...commit("an expected one of another type", TypeError, "'new'", {
    key: "new",
    value: "1",
    expected: false,
  }),
  ...commit("a change that is null", TypeError, "a change", null),
  ...commit("a change that is a text", TypeError, "a change", "new"),
  ...Object.keys(CHARACTERS).map((character) => ({
    what: `one byte too many, of ${character}`,
    error: RangeError,
    named: `${MAX_BYTES + 1}`,
    call: (store: Store) =>
      store.commit([{ key: "before", value: "1" }, { key: "new", value: textOf(character, MAX_BYTES - 9) }]),
  })),
  {
    what: "one byte too many, of what is expected",
    error: RangeError,
    named: `${MAX_BYTES + 1}`,
    call: (store) =>
      store.commit([
        { key: "before", value: "1" },
        { key: "new", expected: textOf("x", MAX_BYTES / 2), value: textOf("\u20ac", MAX_BYTES / 2 - 9) },
      ]),
  },
  {
    what: "one byte too many, in many values",
    error: RangeError,
    named: `${MAX_BYTES + 1}`,
    call(store) {
      const changes = manyKeys(63).map((key) => ({ key, value: textOf("\u20ac", 2 ** 18 - key.length) }));
      return store.commit([...changes, { key: "end", value: "x".repeat(2 ** 18 - 2) }]);
    },
  },
];

/** What every store takes, and what it refuses. */
export const limitCases: readonly StoreCase[] = [
  storeCase("refuses what is too large or of the wrong kind, and writes nothing of it", async (opened) => {
    const [store, other] = await pairOf(opened);
    await store.commit([{ key: "before", value: "1" }, { key: "standing", value: "1" }]);
    const before = await contentOf(store);
    for (const { what, error, named, call } of REFUSED) {
      let refusal: unknown;
      // What is thrown here, and is no rejection, fails the case.
      const answer = call(store);
      await answer.catch((error) => refusal = error);
      assertInstanceOf(refusal, error, `${what}: expected ${error.name}, got ${refusal}`);
      assertEquals(refusal.name, error.name, what);
      assertStringIncludes(refusal.message, named, `${what}: ${refusal.message}`);
    }
    assertEquals(await contentOf(other), before);
  }),

  storeCase("takes 64 changes, 10 keys, and keys of 400 characters", async (opened) => {
    const [store, other] = await pairOf(opened);
    const keys = Array.from({ length: 64 }, (_, i) => `${i}`.padStart(400, "k"));
    assert(await store.commit(keys.map((key, i) => ({ key, value: `${i}`, expected: null }))));
    assertEquals(await other.getMany(keys.slice(54)), keys.slice(54).map((_, i) => `${i + 54}`));
    assert(await other.commit(keys.map((key, i) => ({ key, value: null, expected: `${i}` }))));
    assertEquals(await contentOf(store), []);
  }),

  ...Object.keys(CHARACTERS).map((character) =>
    storeCase(
      `takes 16 MiB in one commit, of characters of ${CHARACTERS[character]} bytes`,
      async (opened) => {
        const [store, other] = await pairOf(opened);
        const value = textOf(character, MAX_BYTES - 10);
        await store.commit([{ key: "end", value: "1" }]);
        // The keys, "1" and "end" have the rest.
        assert(await store.commit([{ key: "large", value }, { key: "end", value: "1", expected: "1" }]));
        assert(await other.get("large") === value);
      },
    )
  ),

  storeCase("takes 16 MiB in 64 values, and where half of it is expected", async (opened) => {
    const [store, other] = await pairOf(opened);
    const changes = Array.from({ length: 64 }, (_, i): StoreChange => {
      const key = `${i}`.padStart(4, "k");
      const character = Object.keys(CHARACTERS)[i % 4] as string;
      return { key, value: textOf(character, 2 ** 18 - 4), expected: null };
    });
    assert(await store.commit(changes));
    const keys = changes.slice(20, 30).map(({ key }) => key);
    const values = await other.getMany(keys);
    assert(values.every((value, i) => value === changes[20 + i]?.value));
    const half: StoreChange[] = changes.slice(0, 32).map(({ key, value }) => ({
      key,
      expected: value as string,
      value: (value as string).slice(0, -8),
    }));
    assert(await other.commit(half));
    assert(!await store.commit(half));
    assert(await other.get("kkk0") === half[0]?.value);
  }),
];
