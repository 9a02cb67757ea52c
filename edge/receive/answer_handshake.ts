import type { HandshakeAnswer } from "../verify/verifier.ts";

/** The response to a handshake. What is echoed in it is of a type that no browser runs. */
export function answerHandshake({ text, json, headers = {} }: HandshakeAnswer): Response {
  const isJson = text === undefined && json !== undefined;
  const body = isJson ? JSON.stringify(json) : text ?? null;
  const fixed = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
  const type = isJson ? "application/json" : "text/plain; charset=utf-8";
  return new Response(body, {
    status: body === null ? 204 : 200,
    headers: { ...headers, ...fixed, ...(body === null ? {} : { "content-type": type }) },
  });
}
