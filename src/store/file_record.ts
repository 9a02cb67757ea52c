import { Buffer } from "node:buffer";

/** What the first line of a value's file says. */
export interface FileHeader {
  key: string;
  /** `Infinity` for a value that stays. */
  expiresAtMs: number;
  /** The length of the value in the file. */
  bytes: number;
  encoding: "utf8" | "utf16le";
}

const LINE_FEED = 10;

/** A value's file: one line of JSON, then the value as it is. */
export function encodeRecord(key: string, value: string, expiresAtMs: number): Uint8Array {
  // UTF-8 cannot hold half of a surrogate pair.
  const encoding = value.isWellFormed() ? "utf8" : "utf16le";
  const bytes = Buffer.from(value, encoding);
  const header = {
    bytes: bytes.length,
    ...(expiresAtMs === Infinity ? {} : { expiresAtMs }),
    ...(encoding === "utf8" ? {} : { encoding }),
    key,
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), bytes]);
}

/** The header at the start of a file; `undefined` where it is damaged or goes on. */
export function decodeHeader(start: Uint8Array): FileHeader | undefined {
  const end = start.indexOf(LINE_FEED);
  if (end < 0) return undefined;
  let header: unknown;
  try {
    header = JSON.parse(textOf(start.subarray(0, end), "utf8"));
  } catch {
    return undefined;
  }
  if (typeof header !== "object" || header === null) return undefined;
  const { key, bytes, expiresAtMs = Infinity, encoding = "utf8" } = header as Record<string, unknown>;
  const isSound = typeof key === "string" && typeof bytes === "number" && typeof expiresAtMs === "number" &&
    (encoding === "utf8" || encoding === "utf16le");
  return isSound ? { key, bytes, expiresAtMs, encoding } : undefined;
}

/** The header and the value of a whole file; `undefined` where it is damaged. */
export function decodeRecord(file: Uint8Array): { header: FileHeader; value: string } | undefined {
  const header = decodeHeader(file);
  if (header === undefined) return undefined;
  const body = file.subarray(file.indexOf(LINE_FEED) + 1);
  return body.length === header.bytes ? { header, value: textOf(body, header.encoding) } : undefined;
}

function textOf(bytes: Uint8Array, encoding: "utf8" | "utf16le"): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encoding);
}
