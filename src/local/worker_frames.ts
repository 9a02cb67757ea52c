/**
 * The frames between the service and its workers: a 4-byte big-endian length and as many bytes of UTF-8 JSON.
 *
 * @module
 */

const HEADER_BYTES = 4;

/** Writes one value as a frame. */
export function encodeFrame(value: unknown): Uint8Array<ArrayBuffer> {
  const body = new TextEncoder().encode(JSON.stringify(value));
  const frame = new Uint8Array(HEADER_BYTES + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, HEADER_BYTES);
  return frame;
}

/** Takes the bytes as they arrive and gives back the values of the frames that are complete. */
export type FrameReader = (chunk: Uint8Array) => unknown[];

/** Makes a reader of frames. What is incomplete is kept in pieces, and joined once. */
export function createFrameReader(): FrameReader {
  let pieces: Uint8Array[] = [];
  let buffered = 0;

  function take(count: number): Uint8Array {
    const all = join(pieces, buffered);
    const rest = all.subarray(count);
    pieces = [rest];
    buffered = rest.length;
    return all.subarray(0, count);
  }

  let bodyBytes: number | undefined;
  return function readFrames(chunk) {
    pieces.push(chunk);
    buffered += chunk.length;
    const values: unknown[] = [];
    while (buffered >= (bodyBytes ?? HEADER_BYTES)) {
      if (bodyBytes === undefined) {
        const header = take(HEADER_BYTES);
        bodyBytes = new DataView(header.buffer, header.byteOffset).getUint32(0);
      } else {
        values.push(JSON.parse(new TextDecoder().decode(take(bodyBytes))));
        bodyBytes = undefined;
      }
    }
    return values;
  };
}

function join(pieces: Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1 && pieces[0]) return pieces[0];
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}
