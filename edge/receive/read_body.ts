import type { Clock } from "../../mod.ts";
import { withDeadline } from "../../src/base/deadline.ts";
import { declaredLength, tooLarge } from "./check_headers.ts";
import { Refusal } from "./refusal.ts";

/** What a body may cost. */
export interface BodyLimits {
  clock: Clock;
  maxBodyBytes: number;
  bodyTimeoutMs: number;
}

const FIRST_BYTES = 16_384;
/** From here on the sender's own word for the length is taken: it has sent so much of it. */
const BELIEVED_BYTES = 1_048_576;

/**
 * Reads a body, and gives it up as soon as it is too large or takes too long. No more than the limit is kept, in
 * one piece, however small the pieces are in which it comes.
 *
 * @throws {Refusal} If it is given up, or breaks off.
 */
export async function readBody(request: Request, limits: BodyLimits): Promise<Uint8Array<ArrayBuffer>> {
  if (request.body === null) return new Uint8Array();
  const reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> = request.body.getReader();
  const onTimeout = () =>
    new Refusal({
      status: 408,
      type: "body-timeout",
      title: "The delivery took too long to arrive",
      detail: `Its body has to be here within ${limits.bodyTimeoutMs} ms`,
    });
  try {
    return await withDeadline(
      { clock: limits.clock, timeoutMs: limits.bodyTimeoutMs, onTimeout },
      () => readAll(reader, limits.maxBodyBytes, declaredLength(request.headers)),
    );
  } catch (error) {
    reader.cancel().catch(() => {}); // Its sender is told, and may go on for as long as it likes.
    if (error instanceof Refusal) throw error;
    const title = "The delivery broke off";
    throw new Refusal({ status: 400, type: "body-incomplete", title }, { cause: error });
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  maxBytes: number,
  declaredBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array();
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytes.subarray(0, length);
    const needed = length + value.length;
    if (needed > maxBytes) throw tooLarge(maxBytes);
    if (length === 0) bytes = value; // Most come in one piece.
    else if (needed > bytes.length) {
      const expected = needed > BELIEVED_BYTES && declaredBytes >= needed ? declaredBytes : 2 * bytes.length;
      const larger = new Uint8Array(Math.min(maxBytes, Math.max(FIRST_BYTES, expected, needed)));
      larger.set(bytes);
      larger.set(value, length);
      bytes = larger;
    } else bytes.set(value, length);
    length = needed;
  }
}
