import { settle } from "./manual_clock.ts";

/** So long a wait only ends when what is waited for never comes, on any machine. */
const MAX_MS = 120_000;
const LOOK_EVERY_MS = 5;

/** Waits until something is so that nobody tells: a file that is there, a process that has ended. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + MAX_MS;
  while (!await isSo()) {
    if (performance.now() > endMs) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** The same of what happens within this process: it waits for no time, as the test's clock may stand still. */
export async function untilSettled(what: string, isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + MAX_MS;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`Waited in vain: ${what}`);
    await settle();
  }
}

/** How many lines a file has; none where it is not there. */
export async function countLines(path: string): Promise<number> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.split("\n").length - 1;
}
