import type { EdgeEvent } from "./event.ts";

const MAX_MESSAGE_LENGTH = 500;

/** An event as a line of JSON, for a log. What it tells of an error is its name and message, which have no secrets. */
export function eventLine(event: EdgeEvent | { kind: string; [name: string]: unknown }): string {
  const { error, ...rest } = event as { kind: string; [name: string]: unknown };
  return JSON.stringify({
    time: new Date().toISOString(),
    ...rest,
    ...(error ? { error: inBrief(error) } : {}),
  });
}

function inBrief(error: unknown): { name: string; message: string } {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { name, message: message.replaceAll(/\s+/g, " ").slice(0, MAX_MESSAGE_LENGTH) };
}
