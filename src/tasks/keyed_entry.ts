import { inOrder } from "../base/in_order.ts";
import { keyPart } from "../base/key_part.ts";
import { ComputeDecodeError } from "../errors/decode_error.ts";
import { ComputeSubmissionError } from "../errors/submission_error.ts";
import type { ClientContext } from "../http/client.ts";
import type { Store, StoreChange } from "../store/store.ts";
import { getAll, removalOf } from "../store/writes.ts";
import { isRecord } from "../base/narrow.ts";
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

/** The ids of a call that are in the store under keys of their own, so that a write carries only what is new. */
interface Moved {
  parts: number;
  taskCount: number;
  requestCount: number;
}

/** Longer than the call, which is written again after its parts. */
const PART_LIFETIME_MS = 2 * TASK_LIFETIME_MS;

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
  const found = text === undefined ? undefined : await readCall(store, name, text);
  let moved = found?.moved ?? { parts: 0, taskCount: 0, requestCount: 0 };
  const attemptId = crypto.randomUUID();
  let writes = 0;
  /** An attempt that was given up may still be noting that it was about to leave. */
  const line = new Map<string, Promise<void>>();

  /** Writes over the last change that was made. Of this attempt it may be one whose commit seemed to fail. */
  const replace = async (value: string | null, others: readonly StoreChange[] = []): Promise<boolean> => {
    const expiry = value === null ? {} : { expiresInMs: TASK_LIFETIME_MS };
    while (!await store.commit([{ key: name, expected: text ?? null, value, ...expiry }, ...others])) {
      const standing = await store.get(name);
      if (standing === text || !standing?.includes(attemptId)) return false;
      text = standing;
    }
    text = value ?? undefined;
    return true;
  };
  const replaceCall = async (call: KeyedCall): Promise<void> => {
    const rest = {
      taskIds: call.taskIds.slice(moved.taskCount),
      requestIds: call.requestIds.slice(moved.requestCount),
    };
    const isMoving = call.sending > 0 && rest.taskIds.length > 0;
    const next = isMoving
      ? { parts: moved.parts + 1, taskCount: call.taskIds.length, requestCount: call.requestIds.length }
      : moved;
    const stored = {
      ...call,
      ...isMoving ? { taskIds: [], requestIds: [] } : rest,
      ...next.parts > 0 ? { parts: next.parts } : {},
      // No two writes are alike: one that arrives late must not fit what was written after it.
      writeId: `${attemptId}.${++writes}`,
    };
    const part = {
      key: partName(name, moved.parts),
      value: JSON.stringify(rest),
      expiresInMs: PART_LIFETIME_MS,
    };
    if (!await replace(JSON.stringify(stored), isMoving ? [part] : [])) {
      throw new ComputeSubmissionError(`Another process is submitting the call with key '${key}'`, {
        ambiguous: true,
        taskGroupId: call.taskGroupId,
      });
    }
    moved = next;
  };
  const entry: KeyedEntry = {
    key,
    name,
    call: found?.call ?? fresh,
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

function partName(name: string, part: number): string {
  return `${name}/${part}`;
}

async function readCall(
  store: Store,
  name: string,
  text: string,
): Promise<{ call: KeyedCall; moved: Moved }> {
  const { parts = 0, ...call } = decode(name, text, isKeyedCall);
  const names = Array.from({ length: parts }, (_, part) => partName(name, part));
  const ids = (await getAll(store, names)).map((part) => decode(name, part ?? "", hasIds));
  const taskIds = ids.flatMap((part) => part.taskIds);
  const requestIds = ids.flatMap((part) => part.requestIds);
  return {
    call: {
      ...call,
      taskIds: [...taskIds, ...call.taskIds],
      requestIds: [...requestIds, ...call.requestIds],
    },
    moved: { parts, taskCount: taskIds.length, requestCount: requestIds.length },
  };
}

/** Reads the text of a call, or of a part of it. */
function decode<T>(name: string, text: string, isOne: (value: object) => value is T & object): T {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value) && isOne(value)) return value;
  } catch {
    // The error below names it.
  }
  throw new ComputeDecodeError(
    `Cannot read '${name}' of the store, which tells what was submitted: use another key, or remove it once it is ` +
      `known that nothing was (${removalOf(name)})`,
    { raw: text },
  );
}

function hasIds(value: object): value is Pick<KeyedCall, "taskIds" | "requestIds"> {
  const { taskIds, requestIds }: Record<string, unknown> = { ...value };
  const areTexts = (ids: unknown) => Array.isArray(ids) && ids.every((id) => typeof id === "string");
  return areTexts(taskIds) && areTexts(requestIds);
}

function isKeyedCall(value: object): value is KeyedCall & { parts?: number } {
  const { fingerprint, endpointId, taskGroupId, sending, parts = 0 }: Record<string, unknown> = { ...value };
  const isCount = (count: unknown) => Number.isSafeInteger(count) && count as number >= 0;
  return typeof fingerprint === "string" && typeof endpointId === "string" && hasIds(value) &&
    (taskGroupId === undefined || typeof taskGroupId === "string") && isCount(sending) && isCount(parts);
}
