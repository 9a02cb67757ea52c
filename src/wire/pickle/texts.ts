const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Up to this length the loop is quicker than a call of the runtime's decoder. */
const SHORT = 48;

/** Reads UTF-8 as Python writes it, lone surrogates included; `undefined` where it is none. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start <= SHORT) {
    let text = "";
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte > 127) break;
      text += String.fromCharCode(byte);
    }
    if (at === end) return text;
  }
  const part = bytes.subarray(start, end);
  try {
    return utf8.decode(part);
  } catch {
    return decodeSurrogates(part);
  }
}

/** Reads UTF-8 in which surrogates stand for themselves, three bytes each (Python's `surrogatepass`). */
function decodeSurrogates(bytes: Uint8Array): string | undefined {
  let text = "";
  let start = 0;
  try {
    for (let at = bytes.indexOf(0xed); at >= 0; at = bytes.indexOf(0xed, at + 3)) {
      const second = bytes[at + 1] ?? 0;
      const third = bytes[at + 2] ?? 0;
      if (second >> 5 !== 0b101) continue; // no surrogate
      if (third >> 6 !== 0b10) return undefined;
      if (start < at) text += utf8.decode(bytes.subarray(start, at));
      text += String.fromCharCode(0xd000 | (second & 0x3f) << 6 | third & 0x3f);
      start = at + 3;
    }
    return start === 0 ? undefined : text + utf8.decode(bytes.subarray(start));
  } catch {
    return undefined;
  }
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
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
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
