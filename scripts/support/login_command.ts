/** What the commands login, whoami and logout share. */
import process from "node:process";

/** Says what went wrong in a line, and ends with 1. */
export function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** A time as people read it, in their own zone. */
export function describeTime(expiresAtMs: number | undefined, isRenewable: boolean): string {
  const time = expiresAtMs === undefined
    ? "its end, which the server did not tell"
    : new Date(expiresAtMs).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" });
  return isRenewable ? `${time}, and renewed by itself` : time;
}

export function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new RangeError(`Cannot use '--port ${text}': it must be a whole number from 1 to 65535`);
}
