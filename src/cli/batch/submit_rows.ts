import {
  batchRun,
  type Client,
  ComputeSubmissionError,
  type Store,
  type SubmitOptions,
} from "../../../mod.ts";
import { withFunction } from "../function_file.ts";
import { UsageError } from "../usage_error.ts";
import { type BatchJournal, readJournal, writeJournal } from "./batch_journal.ts";

/** What is to be submitted. */
export interface RowsJob {
  client: Client;
  store: Store;
  key: string;
  /** Of all that makes it the same batch. */
  digest: string;
  endpointId: string;
  options: SubmitOptions;
  /** The arguments of each row, packed. */
  payloads: readonly string[];
  /** Registers the function. */
  register: () => Promise<string>;
  /** Whether rows that may or may not have been taken are sent again. */
  isResending: boolean;
  signal: AbortSignal;
}

/** What was submitted, in this run of the program or in an earlier one. */
export interface SubmittedRows {
  /** The tasks of the first rows, in their order: all rows, unless there is a doubt. */
  taskIds: string[];
  taskGroupId: string | undefined;
  /** Why nobody knows what became of the next rows. */
  doubt?: ComputeSubmissionError;
}

/**
 * Submits rows, or picks up what was submitted. Where a process was killed while rows were on their way, nobody knows
 * whether they were taken: those are sent again when the user wants it so, and no other ones ever.
 *
 * @throws {UsageError} If the key stands for another batch.
 */
export async function submitRows(job: RowsJob): Promise<SubmittedRows> {
  const { store, key, digest, payloads } = job;
  let journal = await readJournal(store, key);
  if (journal !== undefined && journal.digest !== digest) {
    throw new UsageError(
      `Cannot use key '${key}': it stands for another batch, with another function, other rows or options; choose another name`,
    );
  }
  const note = async (change: Partial<BatchJournal>) => {
    const next = { functionId: "", digest, starts: [0], ...journal, ...change };
    await writeJournal(store, key, journal, next);
    journal = next;
    return next;
  };
  const rows: SubmittedRows = { taskIds: [], taskGroupId: undefined };
  for (let part = 0; part < (journal?.starts ?? [0]).length; part++) {
    const start = journal?.starts[part] ?? 0;
    try {
      const { taskIds, taskGroupId } = await submitPart(job, part, start, rows.taskGroupId, journal, note);
      rows.taskIds = [...rows.taskIds.slice(0, start), ...taskIds];
      rows.taskGroupId ??= taskGroupId;
    } catch (error) {
      if (!(error instanceof ComputeSubmissionError) || !error.ambiguous) throw error;
      const accepted = error.accepted.map(({ taskId }) => taskId);
      rows.taskIds = [...rows.taskIds.slice(0, start), ...accepted];
      rows.taskGroupId ??= error.taskGroupId;
      const isLast = part === (journal?.starts.length ?? 1) - 1;
      if (!isLast) continue; // The next part begins where this one is in doubt.
      if (!job.isResending) return { ...rows, doubt: error };
      await note({ starts: [...journal?.starts ?? [0], start + accepted.length] });
    }
    if (rows.taskIds.length === payloads.length) return rows;
  }
  return rows;
}

/** Submits the rows from one on, under a key of their own where they are sent again. */
function submitPart(
  { client, key, endpointId, options, payloads, register, signal }: RowsJob,
  part: number,
  start: number,
  taskGroupId: string | undefined,
  journal: BatchJournal | undefined,
  note: (change: Partial<BatchJournal>) => Promise<BatchJournal>,
): ReturnType<typeof batchRun> {
  const submit = (functionId: string) => {
    const tasks = payloads.slice(start).map((payload) => ({ functionId, payload }));
    const group = taskGroupId === undefined ? {} : { taskGroupId };
    const partKey = part === 0 ? key : `${key}/${part}`;
    return batchRun(client, { endpointId, ...options, ...group, tasks }, { key: partKey, signal });
  };
  // Some of its tasks are there already: with another function it would be another batch.
  if (part > 0 && journal !== undefined) return submit(journal.functionId);
  let known = journal?.functionId;
  return withFunction(async () => {
    const functionId = known ?? (await note({ functionId: await register() })).functionId;
    known = undefined; // Where the service does not know it, it is registered anew.
    return functionId;
  }, submit);
}
