import { fromOrderedBytes, toOrderedBytes } from "./ordered_bytes.ts";

/** What a store keeps of a value. */
export interface RecordBody {
  /** The key, where its id is cut. */
  key?: string;
  value: string;
}

const IS_UTF16 = 1;
const HAS_KEY = 2;
const LENGTH_BYTES = 4;

/**
 * One byte that says what follows; the key and its length before it, where the key is given; the value, in UTF-8 or,
 * as that cannot hold half of a surrogate pair, in UTF-16.
 */
export function encodeBody({ key, value }: RecordBody): Uint8Array<ArrayBuffer> {
  const isUtf16 = !value.isWellFormed();
  const keyBytes = key === undefined ? undefined : toOrderedBytes(key);
  const keyLength = keyBytes === undefined ? 0 : LENGTH_BYTES + keyBytes.length;
  const valueBytes = isUtf16 ? utf16Of(value) : new TextEncoder().encode(value);
  const bytes = new Uint8Array(1 + keyLength + valueBytes.length);
  bytes[0] = (isUtf16 ? IS_UTF16 : 0) | (keyBytes === undefined ? 0 : HAS_KEY);
  if (keyBytes !== undefined) {
    new DataView(bytes.buffer).setUint32(1, keyBytes.length);
    bytes.set(keyBytes, 1 + LENGTH_BYTES);
  }
  bytes.set(valueBytes, 1 + keyLength);
  return bytes;
}

/** What {@linkcode encodeBody} was given. */
export function decodeBody(bytes: Uint8Array): RecordBody {
  const flags = bytes[0] as number;
  let at = 1;
  let key: string | undefined;
  if (flags & HAS_KEY) {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
    at += LENGTH_BYTES;
    key = fromOrderedBytes(bytes.subarray(at, at += length));
  }
  const rest = bytes.subarray(at);
  const value = flags & IS_UTF16
    ? textOfUtf16(rest)
    : new TextDecoder("utf-8", { ignoreBOM: true }).decode(rest);
  return key === undefined ? { value } : { key, value };
}

/** Cuts bytes into pieces of this length, the last one shorter; one empty piece of none. */
export function piecesOf(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer>[] {
  const pieces = [];
  for (let at = 0; at === 0 || at < bytes.length; at += length) pieces.push(bytes.slice(at, at + length));
  return pieces;
}

/** Puts them together again. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function utf16Of(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i));
  return bytes;
}

function textOfUtf16(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const units = new Uint16Array(bytes.length / 2);
  for (let i = 0; i < units.length; i++) units[i] = view.getUint16(i * 2);
  let text = "";
  const unitsAtOnce = 8192; // Engines take only so many arguments.
  for (let i = 0; i < units.length; i += unitsAtOnce) {
    text += String.fromCharCode(...units.subarray(i, i + unitsAtOnce));
  }
  return text;
}
