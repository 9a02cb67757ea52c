/**
 * What proves that a service was not reached, and what does not: errors as the runtimes throw them, those too that take too
 * long to be met on a socket. `tests/runtimes/unreached_test.ts` meets the others.
 */
import { assertEquals } from "@std/assert";
import { readFailure } from "../../src/http/unreached.ts";

function failed(message: string, properties: object = {}): Error {
  return Object.assign(new Error(message), properties);
}

/** As Node and Deno throw it. */
function because(cause: Error, message = "fetch failed"): Error {
  return new TypeError(message, { cause });
}

function node(code: string, message = `connect ${code} 192.0.2.1:443`): Error {
  return failed(message, { code });
}

function severally(...errors: Error[]): Error {
  return Object.assign(new AggregateError(errors, ""), {
    code: (errors[0] as Error & { code?: string }).code,
  });
}

const DENO = "error sending request for url (https://compute.example.org/v3): client error";
const PROOFS: Record<string, Error> = {
  "Node, no time to connect": because(node("UND_ERR_CONNECT_TIMEOUT", "Connect Timeout Error")),
  "Node, a name server that fails": because(node("EAI_AGAIN", "getaddrinfo EAI_AGAIN example.org")),
  "Node, no route": because(node("ENETUNREACH")),
  "Node, a host that is down": because(node("EHOSTDOWN")),
  "Node, a reset at the first packet": because(node("ECONNRESET")),
  "Node, several addresses": because(severally(node("ETIMEDOUT"), node("ENETUNREACH"), node("ECONNREFUSED"))),
  "Node, a certificate for another name": because(node("ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP")),
  "Node, a certificate that has expired": because(node("CERT_HAS_EXPIRED", "certificate has expired")),
  "Node, an unknown issuer": because(node("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get")),
  "Node, a certificate of its own": because(node("SELF_SIGNED_CERT_IN_CHAIN", "self-signed")),
  "Node, a handshake that fails": because(node("ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", "80:error")),
  "Node, a handshake that fails, by its older name": because(
    node("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "80:error"),
  ),
  "Node, a name that TLS does not know": because(node("ERR_SSL_TLSV1_UNRECOGNIZED_NAME", "80:error")),
  "Deno, no connection": because(failed(`${DENO} (Connect): tcp connect error`)),
  "Deno, before it had causes": new TypeError(`${DENO} (Connect): tcp connect error: Connection refused`),
  "Bun, no route": failed("EHOSTUNREACH: Unable to connect. Is the computer able…", { code: "EHOSTUNREACH" }),
  "an error around it": because(because(node("ECONNREFUSED")), "the gateway's fetch failed"),
};

const DOUBTS: Record<string, unknown> = {
  "Node, a reset while it reads": because(node("ECONNRESET", "read ECONNRESET")),
  "Node, a time-out while it reads": because(node("ETIMEDOUT", "read ETIMEDOUT")),
  "Node, a route that is lost while it writes": because(node("EHOSTUNREACH", "write EHOSTUNREACH")),
  "Node, a broken pipe": because(node("EPIPE", "write EPIPE")),
  "Node, the other side has closed": because(node("UND_ERR_SOCKET", "other side closed")),
  "Node, no head in time": because(node("UND_ERR_HEADERS_TIMEOUT", "Headers Timeout Error")),
  "Node, several addresses, one of which answered": because(
    severally(node("ECONNREFUSED"), node("ECONNRESET", "read ECONNRESET")),
  ),
  "Node, a certificate of the client's that is asked for late": because(
    node("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "80:error"),
  ),
  "Node, a record that cannot be read": because(
    node("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "80:error"),
  ),
  "Deno, while it sends": because(failed(`${DENO} (SendRequest): connection closed`)),
  "Deno, a reset": because(failed("Connection reset by peer (os error 104)")),
  "Deno, TLS that breaks later": because(failed("received corrupt message of type InvalidContentType")),
  "Bun, a reset": failed("ECONNRESET: The socket connection was closed unexpectedly.", {
    code: "ECONNRESET",
  }),
  "Bun, a handshake or an answer that is no TLS": failed("EPROTO: The TLS handshake failed.", {
    code: "EPROTO",
  }),
  "workerd, a lost connection": failed("Network connection lost.", { remote: true, retryable: true }),
  "workerd, anything else": failed("internal error; reference = 32lpfooc04oogsdu9pvs83bh", { remote: true }),
  "a browser": new TypeError("Failed to fetch"),
  "an abort": new DOMException("The operation was aborted", "AbortError"),
  "a code of something else": failed("no such file", { code: "ENOENT" }),
  "a text that is no error": "ECONNREFUSED",
  "nothing": undefined,
};

for (const [name, error] of Object.entries(PROOFS)) {
  Deno.test(`a service was surely not reached: ${name}`, () => {
    assertEquals(readFailure(error).isUnreached, true);
  });
}

for (const [name, error] of Object.entries(DOUBTS)) {
  Deno.test(`a service may have been reached: ${name}`, () => {
    assertEquals(readFailure(error).isUnreached, false);
  });
}

Deno.test("a chain of causes without an end proves nothing, and ends", () => {
  const error = failed("round");
  error.cause = error;
  assertEquals(readFailure(error).isUnreached, false);
});
