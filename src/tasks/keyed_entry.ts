import { keyPart, removalOf } from "../base/key_part.ts";
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
  /** What it is called in the store. */
  readonly name: string;
  call: KeyedCall;
  /** Writes the call, if no other process has in the meantime. */
  write(change: Partial<KeyedCall>): Promise<void>;
  /** Frees the key, if no other process uses it in the meantime. */
  remove(): Promise<void>;
}

/** What a keyed call is called in the store. */
export async function keyedName(key: string): Promise<string> {
  return `call/${await keyPart(key)}`;
}

/**
 * Opens what stands under a key.
 *
 * @param name What it is called in the store.
 * @param text What the store has there, if it has anything.
 * @throws {ComputeDecodeError} If that is no keyed call.
 */
export function openEntry(
  { store }: ClientContext,
  key: string,
  name: string,
  text: string | undefined,
  fresh: KeyedCall,
): KeyedEntry {
  const attemptId = crypto.randomUUID();
  let writes = 0;
  /** An attempt that was given up may still be noting that it was about to leave. */
  let last: Promise<unknown> = Promise.resolve();
  /** Writes what follows the last change that was made, which is one whose commit seemed to fail, at times. */
  const replace = async (value: string | null): Promise<boolean> => {
    const expiry = value === null ? {} : { expiresInMs: TASK_LIFETIME_MS };
    while (!await store.commit([{ key: name, expected: text ?? null, value, ...expiry }])) {
      const found = await store.get(name);
      if (found === text || !found?.includes(attemptId)) return false;
      text = found;
    }
    text = value ?? undefined;
    return true;
  };
  const replaceInTurn = (value: string | null): Promise<boolean> => {
    const done = last.then(() => replace(value));
    last = done.catch(() => {});
    return done;
  };
  const entry: KeyedEntry = {
    key,
    name,
    call: text === undefined ? fresh : decodeCall(text, name),
    async write(change) {
      const call = { ...entry.call, ...change };
      entry.call = call;
      // No two writes are alike: one that arrives late must not fit what was written after it.
      if (await replaceInTurn(JSON.stringify({ ...call, writeId: `${attemptId}.${++writes}` }))) return;
      throw new ComputeSubmissionError(`Another process is submitting the call with key '${key}'`, {
        ambiguous: true,
        taskGroupId: call.taskGroupId,
      });
    },
    async remove() {
      if (entry.call !== fresh) await replaceInTurn(null);
    },
  };
  return entry;
}

function decodeCall(text: string, name: string): KeyedCall {
  try {
    const call: unknown = JSON.parse(text);
    if (isRecord(call) && isKeyedCall(call)) return call;
  } catch {
    // The error below names it.
  }
  throw new ComputeDecodeError(
    `Cannot read '${name}' of the store, which tells what was submitted: use another key, or remove it once it is ` +
      `known that nothing was (${removalOf(name)})`,
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
