/** An attempt to send a request has come to its end. */
export interface RequestEvent {
  /** Tells the events apart. */
  readonly kind: "request";
  /** The request's method. */
  readonly method: string;
  /** The path of its address. */
  readonly path: string;
  /** From the attempt's begin until its answer was read, in milliseconds. */
  readonly durationMs: number;
  /** The status of the answer, where there was one. */
  readonly status?: number;
  /** The service's id of the request, where it gave one: name it when asking the operators. */
  readonly requestId?: string;
  /** What the attempt has failed with. It may be sent again. */
  readonly error?: unknown;
}

/** A request has failed, and is sent again after a while. */
export interface RetryEvent {
  /** Tells the events apart. */
  readonly kind: "retry";
  /** The request's method. */
  readonly method: string;
  /** The path of its address. */
  readonly path: string;
  /** How often it has been sent so far. */
  readonly attempts: number;
  /** After which time it is sent again, in milliseconds. */
  readonly delayMs: number;
  /** What it has failed with. */
  readonly error: unknown;
}

/** A request was held back by the client's limiter, and leaves now. */
export interface RateLimitedEvent {
  /** Tells the events apart. */
  readonly kind: "rateLimited";
  /** The request's method. */
  readonly method: string;
  /** The path of its address. */
  readonly path: string;
  /** How long it was held back, in milliseconds. */
  readonly waitedMs: number;
}

/** A submission has come to its end: one request, that carries the tasks of one call or of several. */
export interface SubmissionEvent {
  /** Tells the events apart. */
  readonly kind: "submission";
  /** The endpoint. */
  readonly endpointId: string;
  /** How many tasks it carried. */
  readonly taskCount: number;
  /** What became of it; `inDoubt` where its tasks may have been taken. */
  readonly outcome: "accepted" | "refused" | "inDoubt";
  /** The task group, where it is known. */
  readonly taskGroupId?: string;
  /** The tasks that were taken, or those that were found of a submission in doubt. */
  readonly taskIds: readonly string[];
  /** The service's id of the submission, where it gave one. */
  readonly requestId?: string;
  /** Why it was not accepted. */
  readonly error?: unknown;
}

/** The service has told how tasks are. Each outcome that can be read is told once. */
export interface TasksReadEvent {
  /** Tells the events apart. */
  readonly kind: "tasksRead";
  /** How many have ended well. */
  readonly successCount: number;
  /** How many have failed. */
  readonly failedCount: number;
  /** How many go on. */
  readonly pendingCount: number;
  /** How many the service does not know, or has handed the outcome of to somebody else. */
  readonly unknownCount: number;
}

/** What `onEvent` of {@linkcode createClient} is given: `kind` tells the events apart, and there may be more kinds. */
export type ComputeEvent =
  | RequestEvent
  | RetryEvent
  | RateLimitedEvent
  | SubmissionEvent
  | TasksReadEvent;
