import { parseJson } from "../base/narrow.ts";
import { withDeadline } from "../base/deadline.ts";
import type { ReadAnswer } from "./send.ts";

/** A success is there with its head: what only adds to it is not waited for any longer. */
const BODY_TIMEOUT_MS = 5_000;

/** Of a success, the status is all that is needed. */
export const ignoreAnswer: ReadAnswer = (response) => {
  response.body?.cancel().catch(() => {});
  return Promise.resolve();
};

/**
 * Reads JSON where there is some, and lets go of a body that is broken or does not come: a success without it is one all
 * the same.
 */
export const readAnswerIfAny: ReadAnswer = async ({ body }, { clock, signal }) => {
  const bounds = { clock, signal, timeoutMs: BODY_TIMEOUT_MS, onTimeout: Error };
  try {
    return parseJson(
      await withDeadline(
        bounds,
        (signal) => new Response(body?.pipeThrough(new TransformStream(), { signal })).text(),
      ),
    );
  } catch {
    return undefined;
  }
};
