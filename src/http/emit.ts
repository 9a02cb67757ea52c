import { notify } from "../base/notify.ts";
import type { ComputeEvent } from "../telemetry/event.ts";
import { measure } from "../telemetry/telemetry.ts";

/** Tells what has happened to whoever looks on. */
export type Emit = (event: ComputeEvent) => void;

/** Tells the caller's `onEvent`, and the host's OpenTelemetry. */
export function createEmit(onEvent: Emit | undefined): Emit {
  return (event) => {
    measure(event);
    notify(onEvent, event);
  };
}
