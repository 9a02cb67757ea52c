import type { FaultKind } from "./faults.ts";

/** A request that has reached the service. */
export interface LoggedRequest {
  /** Its method: `POST`. */
  readonly method: string;
  /** Its path, without the query: `/v2/batch_status`. */
  readonly path: string;
  /** When it came, in milliseconds since 1970, by the clock of the service. */
  readonly atMs: number;
  /** The status of the answer; absent until there is one, and where the connection was reset. */
  status?: number;
  /** The fault that it has met; absent where it has met none. */
  fault?: FaultKind;
}

/** A task that a worker, or a JavaScript function, has begun with. */
export interface TaskRun {
  /** The task. */
  readonly taskId: string;
  /** Its function. */
  readonly functionId: string;
  /** The name that its function was registered with. */
  readonly functionName: string;
  /** Its packed arguments, as they were submitted: the same for the same call. */
  readonly payload: string;
  /** When it began, in milliseconds since 1970, by the clock of the service. */
  readonly atMs: number;
}

/** What has happened, the newest last. */
export interface Records {
  readonly requests: LoggedRequest[];
  readonly runs: TaskRun[];
  /** Adds to one of the two. */
  add<Entry>(list: Entry[], entry: Entry): void;
}

/** Makes an empty record of requests and runs, which keeps so many of each. */
export function createRecords(limit: number): Records {
  return {
    requests: [],
    runs: [],
    add(list, entry) {
      list.push(entry);
      if (list.length > limit) list.shift();
    },
  };
}
