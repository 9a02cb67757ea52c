const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Up to this many bytes the loops here are quicker than a call of the runtime's decoder. */
const SHORT = 48;
/** Up to this many code units are made a text at once. */
const CHUNK = 4096;
/**
 * A text is made of an array of its length: to add one character after another would leave a text of 30 characters as
 * 30 objects in V8.
 */
const UNITS = Array.from({ length: SHORT + 1 }, (_, length) => new Array<number>(length).fill(0));

/** The last short text in ASCII of each hash: the keys of dicts come again and again. */
const kept = new Array<string>(509).fill("");

/** Reads UTF-8 as Python writes it, lone surrogates included; `undefined` where it is none. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start;
  if (length > SHORT) return decodeLong(bytes.subarray(start, end));
  const units = UNITS[length] as number[];
  let hash = 0;
  for (let index = 0; index < length; index++) {
    const byte = bytes[start + index] as number;
    if (byte > 127) return decodeUnits(bytes, start, end);
    units[index] = byte;
    hash = hash * 31 + byte & 0xffffff;
  }
  hash %= kept.length;
  const known = kept[hash] as string;
  if (known.length === length && units.every((unit, index) => unit === known.charCodeAt(index))) return known;
  return kept[hash] = String.fromCharCode(...units);
}

/** The first byte of each surrogate, and of some characters. */
const SURROGATE = 0xed;

function decodeLong(bytes: Uint8Array): string | undefined {
  // The decoder throws at a surrogate, which takes longer than to read a short text here.
  if (bytes.includes(SURROGATE)) return decodeUnits(bytes, 0, bytes.length);
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Reads UTF-8 in which surrogates may stand for themselves, three bytes each (Python's `surrogatepass`). */
function decodeUnits(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  let units: number[] = [];
  for (let at = start; at < end;) {
    const first = bytes[at++] as number;
    const rest = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let code = rest === 0 ? first : first & 0x3f >> rest;
    // What follows the end is not of this text.
    if (at + rest > end || first > 0xf4 || (rest > 0 && first < 0xc2)) return undefined;
    for (let left = rest; left > 0; left--) {
      const byte = bytes[at++] as number;
      if (byte >> 6 !== 0b10) return undefined;
      code = code << 6 | byte & 0x3f;
    }
    // A code that is written longer than it need be is none, nor is one beyond Unicode.
    if (rest > 1 && code < (rest === 2 ? 0x800 : 0x10000) || code > 0x10ffff) return undefined;
    if (code > 0xffff) units.push(0xd800 - 0x40 + (code >> 10), 0xdc00 | code & 0x3ff);
    else units.push(code);
    if (units.length >= CHUNK) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}
