import { PYTHON_ESCAPES } from "./python_escapes.ts";
import { codePointLength } from "./code_points.ts";

/** A function that Python source defines at its top level. */
export interface SourceFunction {
  name: string;
  /** The docstring, cleaned of its indentation as `inspect.getdoc` does it. */
  docstring?: string;
}

/** A comment, a string of any kind, a line continuation, or anything else up to the next of these. */
const TOKEN =
  /#[^\n]*|([A-Za-z]{0,2})("""|'''|"|')|\\\n|[()[\]{}]|\n|\w+|[^\S\n]+|[^#"'\\\w\s()[\]{}]+|[^]/gy;

/**
 * Finds the functions that Python source defines with `def` at its top level, in their order. It reads tokens,
 * so that what stands in strings, comments and brackets is no definition.
 */
export function topLevelFunctions(source: string): SourceFunction[] {
  const text = source.replace(/\r\n?/g, "\n"); // As Python does before it reads.
  const functions = new Map<string, SourceFunction>();
  for (const line of logicalLines(text)) {
    const name = /^def\s+([\p{XID_Start}_]\p{XID_Continue}*)\s*[([]/u.exec(line.text)?.[1]?.normalize("NFKC");
    if (name === undefined) continue;
    const docstring = docstringAfter(text, headerEnd(text, line.index));
    functions.delete(name); // A later definition takes the place of an earlier one, as in Python.
    functions.set(name, docstring === undefined ? { name } : { name, docstring });
  }
  return [...functions.values()];
}

interface Piece {
  text: string;
  index: number;
}

/** The tokens, each with the number of brackets that are open behind it. */
function* tokens(source: string, from: number): Generator<Piece & { depth: number }> {
  let depth = 0;
  for (let index = from; index < source.length;) {
    const text = tokenAt(source, index);
    if (/^[([{]$/.test(text)) depth++;
    else if (/^[)\]}]$/.test(text)) depth = Math.max(0, depth - 1);
    yield { text, index, depth };
    index += text.length;
  }
}

/** The lines that Python would see: strings and brackets may span several of the file's. */
function* logicalLines(source: string, from = 0): Generator<Piece> {
  let start = from;
  for (const { text, index, depth } of tokens(source, from)) {
    if (text !== "\n" || depth > 0) continue;
    yield { text: source.slice(start, index), index: start };
    start = index + 1;
  }
  if (start < source.length) yield { text: source.slice(start), index: start };
}

function tokenAt(source: string, index: number): string {
  TOKEN.lastIndex = index;
  const match = TOKEN.exec(source) as RegExpExecArray;
  const quote = match[2];
  return quote === undefined ? match[0] : source.slice(index, stringEnd(source, TOKEN.lastIndex, quote));
}

/** The index behind the string whose content begins at `from`; a string that is never closed ends the source. */
function stringEnd(source: string, from: number, quote: string): number {
  for (let index = from; index < source.length; index++) {
    if (source[index] === "\\") index++;
    else if (source.startsWith(quote, index)) return index + quote.length;
    else if (source[index] === "\n" && quote.length === 1) return index;
  }
  return source.length;
}

/** The index behind the colon of the `def` that begins at `from`. */
function headerEnd(source: string, from: number): number {
  for (const { text, index, depth } of tokens(source, from)) {
    if (depth === 0 && text.includes(":") && !/^[#\w"']/.test(text)) return index + text.indexOf(":") + 1;
  }
  return source.length;
}

/** The string that is the first statement of the body, where one is: on the `def`'s own line or below it. */
function docstringAfter(source: string, from: number): string | undefined {
  for (const { text } of logicalLines(source, from)) {
    if (/^\s*(#|$)/.test(text)) continue;
    const match = /^(?:\s|\\\n)*([rRuU]?)("""|'''|"|')/.exec(text);
    if (!match) return undefined;
    const [opening, prefix, quote] = match as unknown as [string, string, string];
    const end = stringEnd(text, opening.length, quote);
    if (!/^\s*([;#]|$)/.test(text.slice(end))) return undefined; // The beginning of a longer expression.
    const literal = text.slice(opening.length, end - quote.length);
    return cleanDocstring(/r/i.test(prefix) ? literal : unescape(literal));
  }
  return undefined;
}

const ESCAPES = new Map([["\n", ""], ...PYTHON_ESCAPES]);

/** All escapes but `\N{…}`, which stays as it is. */
function unescape(literal: string): string {
  return literal.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U(00[01][0-9a-fA-F]{5})|([0-7]{1,3})|([\nabfnrtv"'\\]))/g,
    (escape, x, u, long, octal, single) => {
      if (single !== undefined) return ESCAPES.get(single) ?? single;
      const point = octal === undefined ? parseInt(x ?? u ?? long, 16) : parseInt(octal, 8);
      return point > 0x10ffff ? escape : String.fromCodePoint(point);
    },
  );
}

/** As `inspect.cleandoc`, but that it keeps no blanks at the end of a line. */
function cleanDocstring(docstring: string): string | undefined {
  const [first = "", ...rest] = docstring.split("\n").map((line) => expandTabs(line).trimEnd());
  const indent = rest.reduce(
    (least, line) => line === "" ? least : Math.min(least, line.search(/\S/)),
    Infinity,
  );
  const lines = [first.trimStart(), ...rest.map((line) => line.slice(Math.min(indent, line.length)))];
  return lines.join("\n").replace(/^\n+/, "").trimEnd() || undefined;
}

function expandTabs(line: string): string {
  return line.replace(/([^\t]*)\t/g, (_, before) => before + " ".repeat(8 - codePointLength(before) % 8));
}
