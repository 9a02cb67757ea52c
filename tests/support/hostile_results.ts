/** Results that take the most of who reads them, for their length: what the tests refuse, and the benchmark measures. */

/** A result that was made to be slow, or large. */
export interface HostileResult<Form> {
  name: string;
  make(): Form;
  /** Why it is refused; nothing where it is read. */
  refusal?: string;
}

/** The longest result that the service takes, in characters; as a pickle in lines of base64 it has fewer bytes. */
const CHARACTERS = 10_485_760 - 10;
const BYTES = 7_760_000;

const MEMORY = "its values take more than";

/**
 * So many bytes of the same opcodes, with others before and after them, a character for each byte.
 *
 * @param change Makes each of them another one: is given where it begins, and its number.
 */
function repeated(
  cycle: string,
  { before = "", after = "", length = BYTES, change }: {
    before?: string;
    after?: string;
    length?: number;
    change?: (view: DataView, at: number, index: number) => void;
  } = {},
): Uint8Array {
  const count = Math.floor((length - before.length) / cycle.length);
  const bytes = new Uint8Array(before.length + count * cycle.length + after.length);
  const put = (text: string, at: number) => {
    for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
  };
  put(before, 0);
  put(cycle, before.length);
  const end = bytes.length - after.length;
  for (let at = before.length + cycle.length; at < end; at += at - before.length) {
    bytes.copyWithin(at, before.length, Math.min(at, before.length + end - at));
  }
  put(after, end);
  if (change !== undefined) {
    const view = new DataView(bytes.buffer);
    for (let index = 0; index < count; index++) change(view, before.length + index * cycle.length, index);
  }
  return bytes;
}

/** Writes the number into the opcodes, so many bytes from where they begin, and so many times as large. */
const numbered = (offset: number, factor = 1) => (view: DataView, at: number, index: number) =>
  view.setUint32(at + offset, index * factor, true);

/** Writes four letters, others for each number. */
const lettered = (offset: number) => (view: DataView, at: number, index: number) => {
  for (let place = 0; place < 4; place++) {
    view.setUint8(at + offset + place, 97 + Math.floor(index / 26 ** place) % 26);
  }
};

/** A plain result of the same length, for comparison: some 90,000 records. */
export function plainPickle(): Uint8Array {
  const record = "}(\x8c\x02idJ....\x8c\x04name\x8c\x06sample\x8c\x04meanG\x3f\xf0\0\0\0\0\0\x01" +
    "\x8c\x04tags](\x8c\x01a\x8c\x01be\x8c\x05whereK\x01K\x02\x86u";
  return repeated(record, { before: "(", after: "t.", change: numbered(7) });
}

/** Pickles. */
export const HOSTILE_PICKLES: readonly HostileResult<Uint8Array>[] = [
  {
    name: "3.5 MB of empty tuples",
    make: () => repeated(")", { after: ".", length: 3_500_000 }),
    refusal: MEMORY,
  },
  { name: "a chain of tuples", make: () => repeated("\x85", { before: ")", after: "." }), refusal: MEMORY },
  {
    name: "2 million tuples of None",
    make: () => repeated("N\x85", { after: ".", length: 4_000_000 }),
    refusal: MEMORY,
  },
  {
    name: "64 MiB of MARK",
    make: () => repeated("(", { length: 64 * 2 ** 20 }),
    refusal: "the limit is 10485760",
  },
  { name: "MARK alone", make: () => repeated("("), refusal: "ends without STOP" },
  {
    name: "dicts with a key that is an index",
    make: () => repeated("}\x8c\x03999Ns", { before: "(", after: "t." }),
    refusal: MEMORY,
  },
  {
    name: "calls that Python would refuse",
    make: () => repeated("h\0h\x01R", { before: "cdecimal\nDecimal\nq\0Vx\n\x85q\x01(", after: "t." }),
    refusal: MEMORY,
  },
  {
    name: "identifiers",
    make: () =>
      repeated("h\0h\x01\x81h\x02b", { before: "cuuid\nUUID\nq\0)q\x01}Vint\nK\x01sq\x02(", after: "t." }),
    refusal: MEMORY,
  },
  {
    name: "texts with a surrogate each",
    make: () => repeated(`\x8c\x33${"a".repeat(48)}\xed\xa0\x80`, { before: "(", after: "t." }),
  },
  { name: "integers in lines", make: () => repeated("I1\n", { before: "(", after: "t." }) },
  {
    name: "dicts of different keys",
    make: () => repeated("}\x8c\x04....Ns", { before: "(", after: "t.", change: lettered(3) }),
  },
  {
    name: "a memo with gaps",
    make: () => repeated("r....", { before: "N", after: ".", change: numbered(1, 3000) }),
    refusal: MEMORY,
  },
  {
    name: "floats as keys",
    make: () => repeated("G\x3f\xf0\0....\0", { before: "\x8f(", after: "\x90.", change: numbered(4) }),
    refusal: "too many numbers for keys",
  },
  {
    name: "indexes as keys",
    make: () => repeated("J....", { before: "\x8f(", after: "\x90.", change: numbered(1) }),
  },
  {
    name: "integers of 1 MiB",
    make: () => repeated(`\x8b\0\0\x10\0${"\x7f".repeat(2 ** 20)}`, { before: "(", after: "t." }),
  },
];

/** The same again and again, in an array. */
function array(item: string, last = "0"): string {
  return `[${`${item},`.repeat(Math.floor(CHARACTERS / (item.length + 1)) - 10)}${last}]`;
}

/** A plain text of the same length, for comparison. */
export function plainJson(): string {
  return array(
    '{"id":123456,"name":"sample-123","ok":true,"mean":0.14285714285714285,"tags":["a","b"],"where":[1,2,0.5]}',
  );
}

const NESTED = "nesting beyond 1000";
const VALUES = "values of more than";
const DIGITS = "an integer of more than 4300 digits";

/** Texts of JSON. */
export const HOSTILE_JSON: readonly HostileResult<string>[] = [
  { name: "10 MB of digits", make: () => "1".repeat(CHARACTERS), refusal: DIGITS },
  { name: "10 MB of digits below zero", make: () => `[-${"9".repeat(CHARACTERS - 3)}]`, refusal: DIGITS },
  { name: "a float of 10 MB", make: () => `0.${"1".repeat(CHARACTERS - 2)}` },
  {
    name: "5 million levels",
    make: () => "[".repeat(CHARACTERS / 2) + "]".repeat(CHARACTERS / 2),
    refusal: NESTED,
  },
  { name: "brackets without an end", make: () => "[".repeat(CHARACTERS), refusal: NESTED },
  { name: "objects in objects", make: () => '{"a":'.repeat(CHARACTERS / 5), refusal: NESTED },
  { name: "empty arrays", make: () => array("[]"), refusal: VALUES },
  { name: "empty objects", make: () => array("{}"), refusal: VALUES },
  { name: "empty objects beside a NaN", make: () => array("{}", "NaN"), refusal: VALUES },
  { name: "objects with a key that is an index", make: () => array('{"999":0}'), refusal: VALUES },
  { name: "small integers beside a large one", make: () => array("1", "12345678901234567890") },
  { name: "NaN", make: () => array("NaN") },
  { name: "integers of 4,300 digits", make: () => array("9".repeat(4300)) },
  {
    name: "texts of digits",
    make: () => `[${Array.from({ length: 800_000 }, (_, n) => `"${n * 1024}"`).join()}]`,
  },
];
