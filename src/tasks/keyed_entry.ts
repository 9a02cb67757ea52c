import { compareAndSet } from "../store/writes.ts";
import { ComputeDecodeError } from "../errors/decode_error.ts";
import { ComputeSubmissionError } from "../errors/submission_error.ts";
import type { ClientContext } from "../http/client.ts";
import { isRecord } from "../wire/narrow.ts";
import { TASK_LIFETIME_MS } from "./task_lifetime.ts";

/** What the store has under a key: what was sent, and what is known of it. */
export interface KeyedCall {
  /** Of all that was sent, so that a key is not taken for another call. */
  fingerprint: string;
  endpointId: string;
  taskGroupId?: string;
  /** The ids of the first tasks, as far as they are submitted. */
  taskIds: string[];
  requestIds: string[];
  /**
   * How many tasks are on their way: what is in doubt after the end of a process. 0 between submissions, and while one
   * is held back, before its first attempt or after one that was refused.
   */
  sending: number;
}

/** A keyed call, and the way to change it in the store. */
export interface KeyedEntry {
  readonly key: string;
  call: KeyedCall;
  /** Writes the call, if no other process has in the meantime. */
  write(change: Partial<KeyedCall>): Promise<void>;
  /** Frees the key, if no other process uses it in the meantime. */
  remove(): Promise<void>;
}

/**
 * Opens what stands under a key.
 *
 * @param text What the store has there, if it has anything.
 * @throws {ComputeDecodeError} If that is no keyed call.
 */
export function openEntry(
  { store }: ClientContext,
  key: string,
  text: string | undefined,
  fresh: KeyedCall,
): KeyedEntry {
  const name = `call/${key}`;
  /** The last change: an attempt that was given up may still be noting that it was about to leave. */
  let last: Promise<void> = Promise.resolve();
  const inOrder = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
  /** What a write that failed may have left in the store all the same. */
  let unsure: string | undefined;
  const replace = async (value: string, expiresInMs: number): Promise<boolean> => {
    if (unsure !== undefined) {
      if (await store.get(name) === unsure) text = unsure;
      unsure = undefined;
    }
    try {
      return await compareAndSet(store, name, text, value, { expiresInMs });
    } catch (error) {
      unsure = value;
      throw error;
    }
  };
  const entry: KeyedEntry = {
    key,
    call: text === undefined ? fresh : decodeCall(text, key),
    write(change) {
      entry.call = { ...entry.call, ...change };
      const { call } = entry;
      // No two writes are alike: one that arrives late must not fit what was written after it.
      const written = JSON.stringify({ ...call, writeId: crypto.randomUUID() });
      return inOrder(async () => {
        if (!await replace(written, TASK_LIFETIME_MS)) {
          throw new ComputeSubmissionError(`Another process is submitting the call with key '${key}'`, {
            ambiguous: true,
            taskGroupId: call.taskGroupId,
          });
        }
        text = written;
      });
    },
    remove: () =>
      inOrder(async () => {
        if (text !== undefined || unsure !== undefined) await replace("", 0);
      }),
  };
  return entry;
}

function decodeCall(text: string, key: string): KeyedCall {
  try {
    const call: unknown = JSON.parse(text);
    if (isRecord(call) && isKeyedCall(call)) return call;
  } catch {
    // The error below names it.
  }
  throw new ComputeDecodeError(
    `Cannot read 'call/${key}' of the store, which tells what was submitted: use another key, or delete it ` +
      "once it is known that nothing was",
    { raw: text },
  );
}

function isKeyedCall(call: object): call is KeyedCall {
  const { fingerprint, endpointId, taskGroupId, taskIds, requestIds, sending }: Record<string, unknown> = {
    ...call,
  };
  const areTexts = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === "string");
  return typeof fingerprint === "string" && typeof endpointId === "string" && areTexts(taskIds) &&
    areTexts(requestIds) && (taskGroupId === undefined || typeof taskGroupId === "string") &&
    typeof sending === "number" && Number.isSafeInteger(sending) && sending >= 0;
}
