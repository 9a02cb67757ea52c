const MAX_BYTES = 262_144;

/**
 * Fetches a JSON object: no redirect is followed, and no more than 256 KiB are read.
 *
 * @throws {Error} If it cannot be had; the message tells why, and has nothing of what was answered in it.
 * @throws `signal.reason` if that is aborted.
 */
import { messageOf } from "../../src/base/narrow.ts";
import { readText } from "../../src/base/read_text.ts";
export async function fetchJson(
  url: URL,
  fetch: (request: Request) => Promise<Response>,
  signal: AbortSignal,
): Promise<object> {
  try {
    const request = new Request(url, {
      headers: { accept: "application/json", "user-agent": "edge-compute-globus" },
      redirect: "manual",
      signal,
    });
    const response = await fetch(request);
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`the answer has the status ${response.status}, not 200`);
    }
    const value: unknown = JSON.parse(await readText(response.body, MAX_BYTES, tooLong));
    if (typeof value !== "object" || value === null) throw new Error("the answer is no JSON object");
    return value;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const reason = error instanceof SyntaxError ? "the answer is no JSON" : messageOf(error);
    throw new Error(`Cannot fetch ${url.origin}${url.pathname}: ${reason}`);
  }
}

function tooLong(): Error {
  return new Error(`the answer has more than ${MAX_BYTES} bytes`);
}
