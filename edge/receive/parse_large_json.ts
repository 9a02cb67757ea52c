const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

const NO_JSON = "It is no JSON";
const PART_BYTES = 262_144;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Parses JSON as `JSON.parse` does, without ever having all of its text: a text of 25 MB would stand in memory beside its
 * bytes and its values, twice as long where it has one character beyond Latin-1. Arrays and objects that are larger
 * than a part are taken apart, and what is in them is parsed part by part. It looks at each byte twice.
 *
 * @param partBytes How much is parsed at a time.
 * @throws {SyntaxError | TypeError} If it is no JSON, or no UTF-8.
 */
export function parseLargeJson(bytes: Uint8Array, partBytes: number = PART_BYTES): unknown {
  const ends = largeContainers(bytes, partBytes);
  const start = skipSpace(bytes, BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte) ? 3 : 0);
  const end = ends.get(start);
  if (end === undefined) return JSON.parse(decoder.decode(bytes.subarray(start)));
  const value = new LargeContainers(bytes, partBytes, ends).parse(start, end);
  if (skipSpace(bytes, end) < bytes.length) throw new SyntaxError(NO_JSON);
  return value;
}

/** Where each array and object that is larger than a part begins and ends. */
function largeContainers(bytes: Uint8Array, partBytes: number): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at) - 1;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) open.push(at);
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      const start = open.pop();
      if (start !== undefined && at + 1 - start > partBytes) ends.set(start, at + 1);
    }
  }
  return ends;
}

class LargeContainers {
  constructor(
    readonly bytes: Uint8Array,
    readonly partBytes: number,
    readonly ends: ReadonlyMap<number, number>,
  ) {}

  /** Parses one of them. A run of members is parsed at each comma where it has become a part, and before a large one. */
  parse(start: number, end: number): unknown {
    const { bytes, partBytes, ends } = this;
    const isArray = bytes[start] === OPEN_ARRAY;
    if (bytes[end - 1] !== (isArray ? CLOSE_ARRAY : CLOSE_OBJECT)) {
      throw new SyntaxError(NO_JSON);
    }
    const members = isArray ? new Elements() : new Properties();
    let runStart = start + 1;
    let memberStart = runStart;
    let isFirst = true;
    let depth = 0;
    const endRun = (at: number) => {
      const isEmpty = members.add(decoder.decode(bytes.subarray(runStart, at)));
      if (isEmpty && !(isFirst && at === end - 1)) throw new SyntaxError(NO_JSON);
      isFirst = false;
    };
    for (let at = start + 1; at < end - 1; at++) {
      const byte = bytes[at];
      const childEnd = ends.get(at);
      if (childEnd !== undefined) {
        if (memberStart > runStart) endRun(memberStart - 1);
        members.addLarge(decoder.decode(bytes.subarray(memberStart, at)), this.parse(at, childEnd));
        isFirst = false;
        at = skipSpace(bytes, childEnd);
        if (at === end - 1) return members.values;
        if (bytes[at] !== COMMA) throw new SyntaxError(NO_JSON);
        runStart = memberStart = at + 1;
      } else if (byte === QUOTE) at = endOfString(bytes, at) - 1;
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth++;
      else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth--;
      else if (byte === COMMA && depth === 0) {
        memberStart = at + 1;
        if (memberStart - runStart <= partBytes) continue;
        endRun(at);
        runStart = memberStart;
      }
    }
    endRun(end - 1);
    return members.values;
  }
}

/** What an array has so far. */
class Elements {
  readonly values: unknown[] = [];

  /** Adds a run of elements, and tells whether it was empty. */
  add(run: string): boolean {
    const elements: unknown[] = JSON.parse(`[${run}]`);
    for (const element of elements) this.values.push(element);
    return elements.length === 0;
  }

  addLarge(before: string, value: unknown): void {
    if (/[^ \n\r\t]/.test(before)) throw new SyntaxError(NO_JSON);
    this.values.push(value);
  }
}

/** What an object has so far. */
class Properties {
  readonly values: Record<string, unknown> = {};

  /** Adds a run of members, and tells whether it was empty. */
  add(run: string): boolean {
    const entries = Object.entries(JSON.parse(`{${run}}`));
    for (const [name, value] of entries) this.#set(name, value);
    return entries.length === 0;
  }

  addLarge(before: string, value: unknown): void {
    const [, text] = /^([^]*):[ \n\r\t]*$/.exec(before) ?? [];
    const name: unknown = text === undefined ? undefined : JSON.parse(text);
    if (typeof name !== "string") throw new SyntaxError(NO_JSON);
    this.#set(name, value);
  }

  /** As `JSON.parse` does it, `__proto__` included. */
  #set(name: string, value: unknown): void {
    Object.defineProperty(this.values, name, { value, writable: true, enumerable: true, configurable: true });
  }
}

function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
  return at + 1;
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}
