import { ComputeDecodeError } from "../errors/decode_error.ts";
import { codePointLength, indexAfterCodePoints } from "./code_points.ts";

/**
 * Joins serialized values as Python's `pack_buffers` does: for each its length in code points, a line feed,
 * the value; nothing between them.
 */
export function packBuffers(buffers: readonly string[]): string {
  let packed = "";
  for (const buffer of buffers) packed += `${codePointLength(buffer)}\n${buffer}`;
  return packed;
}

/**
 * Takes apart what {@linkcode packBuffers} joined.
 *
 * @throws {ComputeDecodeError} If a length is missing, is no number, or says more than there is.
 */
export function unpackBuffers(packed: string): string[] {
  const buffers: string[] = [];
  let index = 0;
  while (index < packed.length) {
    const lineEnd = packed.indexOf("\n", index);
    if (lineEnd < 0) throw malformed(packed, index, "Missing newline delimiter");
    const digits = packed.slice(index, lineEnd);
    if (/^-\d+$/.test(digits)) throw malformed(packed, index, `Negative length ${quote(digits)}`);
    if (!/^\d+$/.test(digits)) throw malformed(packed, index, `Invalid length delimiter ${quote(digits)}`);
    const end = indexAfterCodePoints(packed, lineEnd + 1, Number(digits));
    if (end < 0) {
      const left = codePointLength(packed.slice(lineEnd + 1));
      throw malformed(packed, index, `Truncated buffer: ${digits} code points announced, ${left} left`);
    }
    buffers.push(packed.slice(lineEnd + 1, end));
    index = end;
  }
  return buffers;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 20 ? `${text.slice(0, 20)}…` : text);
}

function malformed(raw: string, index: number, what: string): ComputeDecodeError {
  return new ComputeDecodeError(`Cannot unpack buffers: ${what} at index ${index}`, { raw });
}
