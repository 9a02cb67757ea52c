import { ComputeDecodeError } from "../errors/decode_error.ts";

/** As deep as Python's `json` reads and writes. A text of twice as many characters cannot be nested deeper. */
const MAX_DEPTH = 1000;
/** Python reads no integer of more digits (`sys.get_int_max_str_digits`). */
const MAX_DIGITS = 4300;
/** The largest integers that a number holds exactly have one digit more. */
const SAFE_DIGITS = 15;
/** What the values of a text may take in memory, as estimated, in bytes. */
const MAX_MEMORY_BYTES = 192 * 2 ** 20;
/** About what each takes in V8, with its place in what it is a part of. */
const ARRAY_BYTES = 80;
const OBJECT_BYTES = 128;
const STRING_BYTES = 32;
const VALUE_BYTES = 16;
/** What an object takes beside, whose keys are indexes, such as `"999"`: the runtime makes room for those before. */
const INDEXED_BYTES = 256;
/**
 * After so many strings that look like indexes they are read by the parser of our own: V8's puts each into one table,
 * by a hash that is not seeded.
 */
const MAX_INDEXES = 10_000;
/** The longest index, with its quotes. */
const INDEX_LENGTH = 12;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Goes through a text once, before anything is made of it, and refuses one that is nested too deep, has an integer of too
 * many digits, or holds more values than there is memory for: the runtime's parser has no such bounds.
 *
 * @returns Whether all of its numbers are ones that the runtime's own parser reads as Python means them.
 * @throws {ComputeDecodeError} If it is beyond the limits. Whether it is JSON is not checked.
 */
export function checkJsonLimits(text: string): boolean {
  const { length } = text;
  let isPlain = true;
  let depth = 0;
  let memory = 0;
  let indexes = 0;
  let isFirstKey = false;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const start = at;
      at = endOfString(text, start);
      memory += STRING_BYTES;
      if (at - start < INDEX_LENGTH && isDigit(text.charCodeAt(start + 1))) {
        if (isFirstKey) memory += INDEXED_BYTES;
        if (text.charCodeAt(at + 1) !== 0x3a) indexes++; // The keys of objects have a table of their own.
      }
      isFirstKey = false;
    } else if (code === 0x5b || code === 0x7b) { // [ {
      if (++depth > MAX_DEPTH) throw beyond(text, at, `nesting beyond ${MAX_DEPTH}`);
      memory += code === 0x5b ? ARRAY_BYTES : OBJECT_BYTES;
      isFirstKey = code === 0x7b;
      if (memory > MAX_MEMORY_BYTES) throw beyond(text, at, `values of more than ${MAX_MEMORY_BYTES} bytes`);
    } else if (code === 0x5d || code === 0x7d) { // ] }
      depth--;
    } else if (code === 0x2c) { // ,
      memory += VALUE_BYTES;
    } else if (isDigit(code)) {
      const start = at;
      while (isDigit(text.charCodeAt(at + 1))) at++;
      const digits = at + 1 - start;
      if (isOfFloat(text.charCodeAt(at + 1))) { // A float may have as many digits as it likes.
        while (isDigit(text.charCodeAt(at + 1)) || isOfFloat(text.charCodeAt(at + 1))) at++;
      } else if (digits > MAX_DIGITS) {
        throw beyond(text, start, `an integer of more than ${MAX_DIGITS} digits`);
      } else if (digits > SAFE_DIGITS) isPlain = false;
    } else if (code === 0x4e || code === 0x49) { // NaN and Infinity
      isPlain = false;
    }
  }
  return isPlain && indexes <= MAX_INDEXES;
}

/** Where the quote stands that ends the string which begins here; the end of the text where there is none. */
export function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** What a float has beside digits: a point, an exponent and its sign. */
function isOfFloat(code: number): boolean {
  return code === 0x2e || code === 0x65 || code === 0x45 || code === 0x2b || code === 0x2d;
}

function beyond(text: string, at: number, what: string): ComputeDecodeError {
  return new ComputeDecodeError(`Cannot read JSON from Python: ${what} at index ${at}`, { raw: text });
}
