import { ARRAY_END, ARRAY_START, COMMA, OBJECT_END, OBJECT_START, QUOTE, skipString } from "../json_bytes.ts";

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const PART_BYTES = 262_144;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Parses JSON as `JSON.parse` does, without ever having all of its text: a text of 25 MB would stand in memory beside its
 * bytes and its values, twice as long where it has one character beyond Latin-1. Arrays and objects that are larger
 * than a part are taken apart, and what is in them is parsed part by part. It looks at each byte twice.
 *
 * @param partBytes How much is parsed at a time.
 * @throws {SyntaxError | TypeError} If it is not JSON, or not UTF-8.
 */
export function parseLargeJson(bytes: Uint8Array, partBytes: number = PART_BYTES): unknown {
  const ends = largeContainers(bytes, partBytes);
  const start = skipSpace(bytes, BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte) ? 3 : 0);
  const end = ends.get(start);
  if (end === undefined) return JSON.parse(decoder.decode(bytes.subarray(start)));
  const value = parseContainer({ bytes, partBytes, ends }, start, end);
  if (skipSpace(bytes, end) < bytes.length) throw notJson();
  return value;
}

interface Source {
  readonly bytes: Uint8Array;
  readonly partBytes: number;
  /** The large arrays and objects: where each begins and ends. */
  readonly ends: ReadonlyMap<number, number>;
}

function largeContainers(bytes: Uint8Array, partBytes: number): Source["ends"] {
  const ends = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = skipString(bytes, at);
    else if (byte === ARRAY_START || byte === OBJECT_START) open.push(at);
    else if (byte === ARRAY_END || byte === OBJECT_END) {
      const start = open.pop();
      if (start !== undefined && at + 1 - start > partBytes) ends.set(start, at + 1);
    }
  }
  return ends;
}

/** Parses a large one. A run of members is parsed at the comma where it has become a part, and before a large member. */
function parseContainer(source: Source, start: number, end: number): unknown {
  const { bytes, partBytes, ends } = source;
  const { values, addRun, addLarge } = bytes[start] === ARRAY_START ? elements() : properties();
  const last = end - 1;
  if (bytes[last] !== (bytes[start] === ARRAY_START ? ARRAY_END : OBJECT_END)) throw notJson();
  const textOf = (from: number, to: number) => decoder.decode(bytes.subarray(from, to));
  let runStart = start + 1;
  let memberStart = runStart;
  let isEmpty = true;
  const endRun = (at: number) => {
    if (!addRun(textOf(runStart, at)) && !(isEmpty && at === last)) throw notJson();
    isEmpty = false;
  };
  let depth = 0;
  for (let at = start + 1; at < last; at++) {
    const byte = bytes[at];
    const largeEnd = ends.get(at);
    if (largeEnd !== undefined) {
      if (memberStart > runStart) endRun(memberStart - 1);
      addLarge(textOf(memberStart, at), parseContainer(source, at, largeEnd));
      isEmpty = false;
      at = skipSpace(bytes, largeEnd);
      if (at === last) return values;
      if (bytes[at] !== COMMA) throw notJson();
      runStart = memberStart = at + 1;
    } else if (byte === QUOTE) at = skipString(bytes, at);
    else if (byte === ARRAY_START || byte === OBJECT_START) depth++;
    else if (byte === ARRAY_END || byte === OBJECT_END) depth--;
    else if (byte === COMMA && depth === 0) {
      memberStart = at + 1;
      if (memberStart - runStart <= partBytes) continue;
      endRun(at);
      runStart = memberStart;
    }
  }
  endRun(last);
  return values;
}

/** What an array or an object has so far. */
interface Members {
  readonly values: unknown;
  /** Adds a run of members, and tells whether it has any. */
  addRun(text: string): boolean;
  /** Adds a member that is large, with the text from the last comma to its value. */
  addLarge(before: string, value: unknown): void;
}

function elements(): Members {
  const values: unknown[] = [];
  return {
    values,
    addRun(text) {
      const run: unknown[] = JSON.parse(`[${text}]`);
      for (const element of run) values.push(element);
      return run.length > 0;
    },
    addLarge(before, value) {
      if (/[^ \n\r\t]/.test(before)) throw notJson();
      values.push(value);
    },
  };
}

function properties(): Members {
  const values = {};
  // As `JSON.parse` does it, also with `__proto__`.
  const add = (name: string, value: unknown) =>
    Object.defineProperty(values, name, { value, writable: true, enumerable: true, configurable: true });
  return {
    values,
    addRun(text) {
      const run = Object.entries(JSON.parse(`{${text}}`));
      for (const [name, value] of run) add(name, value);
      return run.length > 0;
    },
    addLarge(before, value) {
      const name: unknown = JSON.parse(/^([^]*):[ \n\r\t]*$/.exec(before)?.[1] ?? "");
      if (typeof name !== "string") throw notJson();
      add(name, value);
    },
  };
}

/** Its caller says what is wrong: it is not JSON. */
function notJson(): SyntaxError {
  return new SyntaxError("It is not JSON");
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}
