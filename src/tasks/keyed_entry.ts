import { inOrder } from "../base/in_order.ts";
import { keyPart } from "../base/key_part.ts";
import { ComputeDecodeError } from "../errors/decode_error.ts";
import { ComputeSubmissionError } from "../errors/submission_error.ts";
import type { ClientContext } from "../http/client.ts";
import { removalOf } from "../store/writes.ts";
import { membersOf } from "../base/narrow.ts";
import { TASK_LIFETIME_MS } from "./task_lifetime.ts";

/** What was sent under a key, and what is known of it. */
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
  /** Where it is in the store. */
  readonly name: string;
  call: KeyedCall;
  /** Writes the call, if no other process has in the meantime. */
  write(change: Partial<KeyedCall>): Promise<void>;
  /** Frees the key, if no other process uses it in the meantime. */
  remove(): Promise<void>;
}

/**
 * Opens what stands under a key.
 *
 * @param fresh What is called, where nothing stands there.
 * @throws {ComputeDecodeError} If the store has something else there.
 */
export async function openEntry(
  { store }: ClientContext,
  key: string,
  fresh: KeyedCall,
): Promise<KeyedEntry> {
  const name = `call/${await keyPart(key)}`;
  let text = await store.get(name);
  const found = text === undefined ? undefined : decode(name, text);
  const attemptId = crypto.randomUUID();
  let writes = 0;
  /** An attempt that was given up may still be noting that it was about to leave. */
  const line = new Map<string, Promise<void>>();

  /** Writes over the last change that was made. Of this attempt it may be one whose commit seemed to fail. */
  const replace = async (value: string | null): Promise<boolean> => {
    const expiry = value === null ? {} : { expiresInMs: TASK_LIFETIME_MS };
    while (!await store.commit([{ key: name, expected: text ?? null, value, ...expiry }])) {
      const standing = await store.get(name);
      if (standing === text || !standing?.includes(attemptId)) return false;
      text = standing;
    }
    text = value ?? undefined;
    return true;
  };
  const replaceCall = async (call: KeyedCall): Promise<void> => {
    // No two writes are alike: one that arrives late must not fit what was written after it.
    if (await replace(JSON.stringify({ ...call, writeId: `${attemptId}.${++writes}` }))) return;
    throw new ComputeSubmissionError(`Another process is submitting the call with key '${key}'`, {
      ambiguous: true,
      taskGroupId: call.taskGroupId,
    });
  };
  const entry: KeyedEntry = {
    key,
    name,
    call: found ?? fresh,
    write(change) {
      const call = { ...entry.call, ...change };
      entry.call = call;
      return inOrder(line, name, () => replaceCall(call));
    },
    remove: () =>
      inOrder(line, name, async () => {
        if (entry.call !== fresh) await replace(null);
      }),
  };
  return entry;
}

/** Reads the text of a call. */
function decode(name: string, text: string): KeyedCall {
  try {
    const value: unknown = JSON.parse(text);
    if (isKeyedCall(value)) return value;
  } catch {
    // The error below names it.
  }
  throw new ComputeDecodeError(
    `Cannot read '${name}' of the store, which tells what was submitted: use another key, or remove it once it is ` +
      `known that nothing was (${removalOf(name)})`,
    { raw: text },
  );
}

function isKeyedCall(value: unknown): value is KeyedCall {
  const { fingerprint, endpointId, taskGroupId, sending, taskIds, requestIds } = membersOf(value);
  const areTexts = (ids: unknown) => Array.isArray(ids) && ids.every((id) => typeof id === "string");
  return typeof fingerprint === "string" && typeof endpointId === "string" && areTexts(taskIds) &&
    areTexts(requestIds) && (taskGroupId === undefined || typeof taskGroupId === "string") &&
    Number.isSafeInteger(sending) && sending as number >= 0;
}
