/** All that is loaded with the first value that is no JSON. */
import { encodePickle } from "./pickle/encode_pickle.ts";
import { PartNotLoaded } from "./on_demand.ts";
import { decodePickle } from "./pickle/decode_pickle.ts";
import { messageOf } from "../base/narrow.ts";
import { unpackBuffers } from "./packed_buffers.ts";
import type { PickleLimits } from "./pickle/limits.ts";
import type { PythonValue } from "./values/python_value.ts";
import { decodeBase64Briefly, encodeBase64Lines } from "./base64.ts";

export { packBuffers } from "./packed_buffers.ts";

/** Writes a value as a pickle in lines of base64. */
export function writePickle(value: unknown, name: string): string {
  return encodeBase64Lines(encodePickle(value, name));
}

/** Reads a pickle in base64. */
export function readPickle(base64: string, limits?: Partial<PickleLimits>): PythonValue {
  return decodePickle(bytesOf(base64), limits);
}

function bytesOf(base64: string): Uint8Array {
  try {
    return decodeBase64Briefly(base64);
  } catch {
    throw new Error("Cannot read a pickle: it is no base64");
  }
}

/** Several forms of one value, packed behind their header: the first that can be read, as Python does it. A form has no others in it. */
export function readAny(raw: string, read: (form: string) => PythonValue): PythonValue {
  const header = raw.slice(0, 3);
  const forms = unpackBuffers(raw.slice(3));
  const failures: string[] = [];
  for (const form of forms) {
    try {
      if (form.startsWith(header)) throw new Error("several forms within another");
      return read(form);
    } catch (error) {
      if (error instanceof PartNotLoaded) throw error;
      failures.push(messageOf(error));
    }
  }
  throw new Error(
    `Cannot decode the result: none of its ${forms.length} forms is readable. ${failures.join(". ")}`,
  );
}
