import type { Clock } from "../base/clock.ts";

/**
 * What kind of call it is: whether it may be made twice depends on it. A `write` does the same when it is done
 * twice; a `create` makes two things of it, and a `submit` runs tasks twice.
 */
export type Operation = "read" | "write" | "create" | "submit";

/** One call of the client, through all of its attempts. */
export interface Call {
  operation: Operation;
  /** The caller's signal, until a deadline puts its own in the place. */
  signal: AbortSignal | undefined;
  /** How long the call may take, in milliseconds. */
  timeoutMs: number | undefined;
  /** Waited for right before each attempt leaves, when nothing holds it back any more; what it throws ends the call. */
  beforeAttempt?: (() => Promise<void>) | undefined;
  /**
   * Told of each attempt whether the service may act on it: when it leaves, and when the service surely has not. Of
   * one that is not taken back, nobody knows.
   */
  onDoubt?: ((isInDoubt: boolean) => void | Promise<void>) | undefined;
  /** Reads a success, in place of JSON that must be there. What it gives stands for the body. */
  readAnswer?: ReadAnswer | undefined;
}

/** Reads a success. The signal ends the attempt. */
export type ReadAnswer = (
  response: Response,
  world: { clock: Clock; signal: AbortSignal },
) => Promise<unknown>;

/** What a call sends. Each attempt makes a request of its own of it, as a body can be sent once. */
export interface Plan {
  readonly url: string;
  readonly method: string;
  readonly body: string | null;
}

/** A `fetch` that knows which call it works for. It returns successes and throws everything else. */
export type Send<What = Request> = (request: What, call: Call) => Promise<Response>;

/** A part of the stack: it gets what comes after it. */
export type Layer<What = Request> = (next: Send<What>) => Send<What>;

/** Puts layers around the innermost `fetch`, the first one outermost. */
export function compose<What>(layers: readonly Layer<What>[], innermost: Send<What>): Send<What> {
  return layers.reduceRight((next, layer) => layer(next), innermost);
}

/** What a request is sent to, as it is told to people: without the host, and without a query. */
export interface Target {
  method: string;
  path: string;
}

/** What has a target. */
export type Addressed = Pick<Request, "method" | "url">;

/** Reads a request's target. */
export function targetOf({ method, url }: Addressed): Target {
  return { method, path: new URL(url).pathname };
}

/** A request's target in words, such as `POST /v2/batch_status`. */
export function nameOf(request: Addressed): string {
  const { method, path } = targetOf(request);
  return `${method} ${path}`;
}
