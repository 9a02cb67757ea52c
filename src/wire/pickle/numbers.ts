import { PYTHON_ESCAPES } from "../python_escapes.ts";

/** As many as Python reads. */
const MAX_DIGITS = 4300;
const INTEGER = /^\s*[+-]?\d+\s*$/;
const FLOAT = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;
const NO_NUMBERS: ReadonlyMap<string, number> = new Map([
  ["nan", NaN],
  ["-nan", NaN],
  ["inf", Infinity],
  ["-inf", -Infinity],
]);
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** A number where it holds the integer exactly. */
function narrow(integer: bigint): number | bigint {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** Reads an integer in two's complement, least byte first, in linear time. */
export function decodeInteger(bytes: Uint8Array): number | bigint {
  const length = bytes.length;
  if (length === 0) return 0;
  if (length <= 6) {
    let number = 0;
    for (let index = length - 1; index >= 0; index--) number = number * 256 + (bytes[index] as number);
    return (bytes[length - 1] as number) < 128 ? number : number - 2 ** (8 * length);
  }
  const hex = new Array<string>(length);
  for (let index = 0; index < length; index++) {
    hex[length - 1 - index] = HEX[bytes[index] as number] as string;
  }
  return narrow(BigInt.asIntN(8 * length, BigInt(`0x${hex.join("")}`)));
}

/** Reads an integer in decimal digits; `undefined` where it is none, or one of too many. */
export function parseInteger(text: string): number | bigint | undefined {
  if (text.length > MAX_DIGITS + 1 || !INTEGER.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number || 0 : BigInt(text.trim().replace("+", ""));
}

/** Reads a float as Python's `repr` writes it; `undefined` where it is none. */
export function parseFloatText(text: string): number | undefined {
  if (text.length > MAX_DIGITS) return undefined;
  return FLOAT.test(text) ? Number(text) : NO_NUMBERS.get(text.trim().toLowerCase());
}

/** Reads the text of protocol 0, Python's `raw-unicode-escape`; `undefined` where it is malformed. */
export function decodeRawUnicode(line: string): string | undefined {
  if (!line.includes("\\")) return line;
  let isMalformed = false;
  const text = line.replace(/\\(?:u[\da-fA-F]{4}|U[\da-fA-F]{8}|[^]|$)/g, (escape) => {
    if (!/^\\[uU]/.test(escape)) return escape;
    const code = escape.length > 2 ? parseInt(escape.slice(2), 16) : Infinity;
    isMalformed ||= code > 0x10ffff;
    return isMalformed ? "" : String.fromCodePoint(code);
  });
  return isMalformed ? undefined : text;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ...PYTHON_ESCAPES,
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
]);

/** Reads a text of Python 2 in quotes, as its `repr` writes it; `undefined` where it is malformed. */
export function decodeQuoted(line: string): string | undefined {
  const quoted = line.trimEnd();
  const quote = quoted[0];
  if (quoted.length < 2 || (quote !== "'" && quote !== '"') || quoted.at(-1) !== quote) return undefined;
  const inner = quoted.slice(1, -1);
  if (!inner.includes("\\")) return inner;
  let isMalformed = false;
  const text = inner.replace(/\\(?:x[\da-fA-F]{2}|[0-7]{1,3}|[^]|$)/g, (escape) => {
    const rest = escape.slice(1);
    if (/^[0-7]/.test(rest)) return String.fromCharCode(parseInt(rest, 8) & 255);
    if (rest.length === 3) return String.fromCharCode(parseInt(rest.slice(1), 16));
    isMalformed ||= rest === "" || rest === "x";
    return ESCAPES.get(rest) ?? escape;
  });
  return isMalformed ? undefined : text;
}
