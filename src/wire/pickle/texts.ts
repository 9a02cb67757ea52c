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
