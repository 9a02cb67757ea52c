import { withDeadline } from "../base/deadline.ts";
import type { Answer, Handle } from "./exchange.ts";

/** `fetch`, as the platform has it. */
export type Fetch = (input: Request | URL | string, init?: RequestInit) => Promise<Response>;

const CHUNK_BYTES = 64 * 1024;

/**
 * The service as a `fetch` function. It does what a runtime does: it says how long the body is, rejects with a
 * `TypeError` where a connection was reset, and with `signal.reason` where the caller has given up, of which the
 * service learns nothing.
 */
export function createFetch(handle: Handle): Fetch {
  return async function fetch(input, init) {
    const request = new Request(input, init);
    const { signal } = request;
    return await withDeadline({ signal }, () => send(handle, request));
  };
}

async function send(handle: Handle, request: Request): Promise<Response> {
  const { response, onSent } = await handle(await withLength(request));
  if (response) return onSent ? await tellWhenRead(response, onSent) : response;
  const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  throw new TypeError("fetch failed: the connection was reset", { cause });
}

/** The request with its body read, and so with a length, and without the signal of its sender. */
async function withLength(request: Request): Promise<Request> {
  const { method, url } = request;
  const headers = new Headers(request.headers);
  if (request.body === null) return new Request(url, { method, headers });
  const body = await request.arrayBuffer();
  if (!headers.has("content-length")) headers.set("content-length", String(body.byteLength));
  return new Request(url, { method, headers, body });
}

/** The same response, which tells when its body has been read to its end. */
async function tellWhenRead(response: Response, onSent: NonNullable<Answer["onSent"]>): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  let offset = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (offset < bytes.length) return controller.enqueue(bytes.slice(offset, offset += CHUNK_BYTES));
      controller.close();
      onSent();
    },
  }, { highWaterMark: 0 });
  return new Response(body, response);
}
