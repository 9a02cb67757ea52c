import { Buffer } from "node:buffer";
import type { FileHandle } from "node:fs/promises";

const CHUNK_BYTES = 1 << 20;
const LINE_FEED = 0x0a;

/** Hands each line over that has an end, and returns the place behind the last one, and what stands there. */
export async function readLines(
  file: FileHandle,
  onLine: (line: string) => void | Promise<void>,
): Promise<{ end: number; rest: string }> {
  let parts: Uint8Array[] = [];
  let position = 0;
  let end = 0;
  while (true) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return { end, rest: Buffer.concat(parts).toString("utf8") };
    let start = 0;
    for (let at = 0; (at = buffer.subarray(0, bytesRead).indexOf(LINE_FEED, start)) >= 0; start = at + 1) {
      await onLine(Buffer.concat([...parts, buffer.subarray(start, at)]).toString("utf8"));
      parts = [];
      end = position + at + 1;
    }
    parts.push(buffer.subarray(start, bytesRead));
    position += bytesRead;
  }
}
