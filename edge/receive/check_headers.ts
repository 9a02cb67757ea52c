import { Refusal } from "./refusal.ts";
import { methodNotAllowed } from "../problem.ts";

const HANDSHAKE_METHODS = ["GET", "OPTIONS"];
/** `: ` and the end of the line, around each field. */
const BYTES_AROUND_FIELD = 4;
const JSON_TYPE = /^application\/(?:[\w!#$&^.+-]+\+)?json[ \t]*(?:;|$)/i;

/**
 * Refuses what its header fields show to be too large, before anything of its body is read.
 *
 * @throws {Refusal} If they do.
 */
export function checkSize(
  headers: Headers,
  { maxHeaderBytes, maxBodyBytes }: { maxHeaderBytes: number; maxBodyBytes: number },
): void {
  let bytes = 0;
  for (const [name, value] of headers) bytes += name.length + value.length + BYTES_AROUND_FIELD;
  if (bytes > maxHeaderBytes) {
    const title = "The header fields are too large";
    throw new Refusal({ status: 431, type: "headers-too-large", title });
  }
  if (declaredLength(headers) > maxBodyBytes) throw tooLarge(maxBodyBytes);
}

/**
 * Refuses what is no delivery by its method or its type.
 *
 * @param isHandshake Whether the hook's verifier knows a handshake by a method.
 * @throws {Refusal} If it is no `POST` of JSON.
 */
export function checkKind(
  { method, headers }: Pick<Request, "method" | "headers">,
  isHandshake: (method: string) => boolean,
): void {
  if (method !== "POST") {
    const allow = ["POST", ...HANDSHAKE_METHODS.filter(isHandshake)].join(", ");
    throw new Refusal(methodNotAllowed(allow), {
      message: "it is no POST, nor a handshake that its verifier knows",
    });
  }
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (!JSON_TYPE.test(headers.get("content-type")?.trim() ?? "") || encoding !== "identity") {
    throw new Refusal({
      status: 415,
      type: "unsupported-media-type",
      title: "A delivery is JSON, and is not compressed",
      detail: "Send it with 'content-type: application/json'",
      headers: { accept: "application/json" },
    });
  }
}

/** How long the body is, as its sender says; 0 where it says nothing that can be read. */
export function declaredLength(headers: Headers): number {
  const length = headers.get("content-length") ?? "";
  return /^\d+$/.test(length) ? Number(length) : 0;
}

/** Refuses a body that is larger than it may be. */
export function tooLarge(maxBodyBytes: number): Refusal {
  return new Refusal({
    status: 413,
    type: "payload-too-large",
    title: "The delivery is too large",
    detail: `It may have ${maxBodyBytes} bytes`,
  }, { message: `its body has more than ${maxBodyBytes} bytes: 'maxBodyBytes' of the hook may let it in` });
}

const TRACE_PARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The W3C trace context of a delivery, if it is well-formed. */
export function traceParent(headers: Headers): string | undefined {
  const value = headers.get("traceparent")?.trim();
  return value !== undefined && TRACE_PARENT.test(value) ? value : undefined;
}
