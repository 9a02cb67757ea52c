/** Proves that random changes to pickles lead to a value or a `PickleError`, soon, and to nothing else. */
import { assert } from "@std/assert";
import { decodePickle } from "../../../src/wire/pickle/decode_pickle.ts";
import { PickleError } from "../../../src/wire/pickle/pickle_reader.ts";
import { storms } from "../../support/storm_length.ts";
import vectors from "./numpy_vectors.json" with { type: "json" };
import { fromBase64, pickled } from "./pickles.ts";

const MUTATIONS = storms(10_000, 200_000);
/** All take well below a millisecond; so much only what does not end soon. */
const MAX_MS = 5000;
/** So little that a mutated length or a bomb has to meet the limit, and not the machine's memory. */
const LIMITS = { maxMemoryBytes: 2 ** 20, maxDepth: 100 };
const EXPRESSIONS = [
  "[1, -1, 300, 70000, 2**40, -2**80, 1.5, float('nan'), True, None]",
  "['', 'a', 'é😀', '\\ud800', 'x' * 300]",
  "[b'', b'ab\\xff', bytearray(b'abc')]",
  "[(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [[[]]]]",
  "[{}, {'a': 1}, {1: 2}, {'a': 1, 2: {'b': 3}}, {'__proto__': 1}]",
  "[set(), {1, 2}, frozenset([1, 'a'])]",
  "[1+2j, range(1, 10, 2), decimal.Decimal('1.5'), fractions.Fraction(1, 3), uuid.UUID(int=5)]",
  "[datetime.datetime(2026, 1, 31, 12, 0, 0, 5, timezone(timedelta(hours=-5))), datetime.date(2026, 1, 31), timedelta(-1, 5)]",
  "[datetime.datetime(2026, 1, 31, tzinfo=zoneinfo.ZoneInfo('Europe/Paris')), datetime.time(1, 2, 3, 4, timezone.utc)]",
  "[pathlib.PosixPath('/a/b'), pathlib.PureWindowsPath('c:/a'), Color.RED, len, Outer.Inner]",
  "[collections.OrderedDict(a=1), collections.Counter('aab'), collections.defaultdict(list, {1: 2}), collections.deque([1])]",
  "[Plain(a=1, b=[2]), Slots() if protocol > 1 else 0, Point(1, 2), KeyError('k'), Numbers([1]), Table({1: 2})]",
  "(lambda l: l.append((l, {'a': l, 1: l})) or l)([1])",
];

/** A generator of numbers from 0 to below 1, the same ones for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  return () => {
    seed = seed + 0x6d2b79f5 | 0;
    let mixed = Math.imul(seed ^ seed >>> 15, 1 | seed);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}

const FRAME = 0x95;
const OPCODES = [..."(.012FIJKLMNRSTUVXabcd}eghijlo]pqrst)uGPQBC"].map((char) => char.charCodeAt(0));
for (let opcode = 0x80; opcode <= 0x98; opcode++) OPCODES.push(opcode);

/** A pickle with up to three changes. */
function mutate(corpus: readonly Uint8Array[], random: () => number): Uint8Array {
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = () => corpus[below(corpus.length)] as Uint8Array;
  let bytes = [...pick()];
  for (let changes = 1 + below(3); changes > 0; changes--) {
    const at = below(bytes.length + 1);
    const kind = below(7);
    const opcode = OPCODES[below(OPCODES.length)] as number;
    if (kind === 0) bytes[at] = (bytes[at] ?? 0) ^ 1 << below(8);
    else if (kind === 1) bytes[at] = below(256);
    else if (kind === 2) bytes.splice(at, 1 + below(4));
    else if (kind === 3) bytes.splice(at, 0, ...new Array<number>(1 + below(3)).fill(opcode));
    else if (kind === 4) bytes.splice(at, 1, opcode);
    else if (kind === 5) {
      const other = pick();
      const from = below(other.length);
      bytes.splice(at, 0, ...other.subarray(from, from + below(40)));
    } else bytes = [...bytes.slice(0, at), ...pick().subarray(2 + below(20))];
  }
  return Uint8Array.from(bytes);
}

Deno.test("decodePickle() gives a value or a PickleError for any mutation of a pickle", async () => {
  const seed = Number(Deno.env.get("PICKLE_SEED") ?? Date.now() % 2 ** 31);
  const random = randomFrom(seed);
  const framed = (await pickled(EXPRESSIONS)).flat();
  const corpus = [
    ...framed,
    // Without its frame a pickle whose length changes is read on.
    ...framed.filter((pickle) => pickle[2] === FRAME).map((pickle) =>
      Uint8Array.of(...pickle.subarray(0, 2), ...pickle.subarray(11))
    ),
    ...[...vectors.arrays.slice(0, 80), ...vectors.others].map(({ pickle }) => fromBase64(pickle)),
  ];
  for (const pickle of corpus) decodePickle(pickle, LIMITS);
  let values = 0;
  for (let index = 0; index < MUTATIONS; index++) {
    const bytes = mutate(corpus, random);
    const startMs = performance.now();
    try {
      decodePickle(bytes, LIMITS);
      values++;
    } catch (error) {
      const told = `PICKLE_SEED=${seed}, mutation ${index}: ${btoa(String.fromCharCode(...bytes))}`;
      if (!(error instanceof PickleError)) throw new Error(told, { cause: error });
      assert(error.offset <= bytes.length, told);
      assert(error.message.length < 200, told);
    }
    const tookMs = performance.now() - startMs;
    assert(tookMs < MAX_MS, `PICKLE_SEED=${seed}, mutation ${index} takes ${tookMs} ms`);
  }
  // Both happen often; were it not so, the mutations would prove little.
  assert(values > MUTATIONS / 20 && values < MUTATIONS / 2, `PICKLE_SEED=${seed}: ${values} values`);
});
