import { ComputeTimeoutError } from "../errors/timeout_error.ts";
import type { Clock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";
import type { Layer } from "./send.ts";
import { nameOf } from "./target.ts";

/** Ends a call with the caller's signal or with the time that the caller gave it. */
export function boundCall(clock: Clock): Layer {
  return (next) => (request, call) => {
    const timeoutMs = call.timeoutMs ?? Infinity;
    const onTimeout = () =>
      new ComputeTimeoutError(
        `${nameOf(request)} took longer than ${timeoutMs} ms`,
        { timeoutMs },
      );
    return withDeadline(
      { clock, signal: call.signal, timeoutMs, onTimeout },
      (signal) => next(request, { ...call, signal }),
    );
  };
}
