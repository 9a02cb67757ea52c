import { ComputeDecodeError } from "../errors/decode_error.ts";

/**
 * The error for an answer that is not what its route promises.
 *
 * @param what What cannot be read and why, after `Cannot read `.
 * @param requestId The service's id of the request, where the answer has it.
 */
export function malformed(what: string, body: unknown, requestId?: string): ComputeDecodeError {
  return new ComputeDecodeError(`Cannot read ${what}`, { raw: JSON.stringify(body) ?? "", requestId });
}
