/**
 * Codes that stand for themselves: no name, nobody who listens, no connection in time, a certificate that is refused, and
 * what OpenSSL says in Node of a handshake that failed before the server has read anything.
 */
import { asError } from "../base/narrow.ts";

const UNREACHED =
  /^(ENOTFOUND|EAI_\w+|ECONNREFUSED|UND_ERR_CONNECT_TIMEOUT|(ERR_TLS_)?CERT_\w+|HOSTNAME_MISMATCH|(DEPTH_ZERO_)?SELF_SIGNED_CERT\w*|UNABLE_TO_\w+|ERR_SSL_(WRONG_VERSION_NUMBER|\S+_ALERT_(HANDSHAKE_FAILURE|PROTOCOL_VERSION)|\S*UNRECOGNIZED_NAME))$/;

/**
 * What else says that there was no connection: Deno names the phase, where `SendRequest` comes after it; Node the system
 * call of a code such as `EHOSTUNREACH`, or that TLS was not there yet; Bun says it in words.
 */
const NOT_CONNECTED =
  /^error sending request for url \(\S*\): client error \(Connect\)|^connect E[A-Z]+ |^Client network socket disconnected before secure TLS|^E[A-Z]+: Unable to connect\./;

/** Errors have a cause, and that may have one; nobody's chain is longer. */
const MAX_DEPTH = 4;

/**
 * Whether what a `fetch` has thrown proves that nothing of the request has reached the server: its name was not
 * found, no connection was made, or TLS was refused. Each runtime tells in its own way, workerd and browsers not at
 * all; of TLS, Bun tells of a certificate alone, and only Node of a connection that was not made in time. Where nothing
 * is told, nothing is proved.
 */
export function isUnreached(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > MAX_DEPTH) return false;
  const { code, errors, message, cause } = error as Error & Record<string, unknown>;
  // Of several addresses each was tried: one that may have been reached is a doubt.
  if (Array.isArray(errors) && errors.length > 0) return errors.every((one) => isUnreached(one, depth + 1));
  return UNREACHED.test(String(code)) || NOT_CONNECTED.test(message) || isUnreached(cause, depth + 1);
}

/** What an attempt has failed with, where no answer has come: a line about it, and whether it proves that nothing was reached. */
export function readFailure(error: unknown): { reason: string; isUnreached: boolean } {
  const { message, cause } = asError(error);
  const because = cause instanceof Error && cause.message !== "" ? ` (${cause.message})` : "";
  return { reason: message + because, isUnreached: isUnreached(error) };
}
