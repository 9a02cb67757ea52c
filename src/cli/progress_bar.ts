import cliProgress from "cli-progress";
import type { CliContext } from "./cli_context.ts";
import type { OutputStream } from "./cli_io.ts";

const DEFAULT_COLUMNS = 80;
const MAX_LENGTH = 30;
const MIN_LENGTH = 10;
const ERASE = "\r\x1b[K";
/** How often a line tells how far it is, where no bar can be drawn. */
const LINE_MS = 30_000;

/** What is used of the library, whose package has no types. */
interface Bar {
  start(total: number, value: number, payload: Payload): void;
  update(value: number, payload: Payload): void;
  stop(): void;
}

interface Payload {
  note: string;
}

/** What the library tells of a bar that is to be drawn. */
interface Drawing {
  /** From 0 to 1. */
  progress: number;
  /** In seconds; a word where it cannot be told. */
  eta: number | string;
  value: number;
  total: number;
}

/** Shows how far something is. */
export interface ProgressBar {
  update(value: number, note: string): void;
  stop(): void;
}

/** What a bar shows. */
export interface BarOptions {
  total: number;
  value: number;
  note: string;
}

/** Draws a bar on a terminal, or a line for a single thing; anywhere else it says a line from time to time. */
export function startProgressBar(context: CliContext, options: BarOptions): ProgressBar {
  return context.isTerminal ? drawBar(context, options) : sayLines(context, options);
}

function drawBar(context: CliContext, { total, value, note }: BarOptions): ProgressBar {
  const { stderr } = context.io;
  const columns = stderr.columns || DEFAULT_COLUMNS;
  const length = Math.max(MIN_LENGTH, Math.min(MAX_LENGTH, columns - DEFAULT_COLUMNS + MAX_LENGTH));
  const startedMs = performance.now(); // The library's own time goes by the time of day, which may be set.
  const bar: Bar = new cliProgress.SingleBar({
    terminal: terminalOf(stderr, columns),
    format: (_: unknown, drawing: Drawing, { note }: Payload) => lineOf(drawing, note, length, startedMs),
    clearOnComplete: true,
    forceRedraw: true, // The time goes on where nothing else does.
    etaBuffer: 50,
    fps: 10,
  });
  const erase = () => void stderr.write(ERASE);
  context.onMessage = erase;
  bar.start(total, value, { note });
  return {
    update: (value, note) => bar.update(value, { note }),
    stop() {
      context.onMessage = undefined;
      bar.stop();
    },
  };
}

/**
 * What the library does with a terminal. Its own would save the place of the cursor and go back there at the end, over
 * messages that were written since, and change how lines are wrapped, which a process that is killed leaves so.
 */
function terminalOf(stderr: OutputStream, columns: number): Record<string, (...args: never[]) => unknown> {
  const nothing = () => {};
  return {
    isTTY: () => true,
    getWidth: () => columns,
    write: (text: string) => stderr.write(text.slice(0, columns - 1)),
    cursorTo: () => stderr.write("\r"),
    clearRight: () => stderr.write("\x1b[K"),
    clearLine: () => stderr.write(ERASE),
    cursor: nothing,
    cursorSave: nothing,
    cursorRestore: nothing,
    lineWrapping: nothing,
    newline: nothing,
  };
}

function lineOf(
  { progress, eta, value, total }: Drawing,
  note: string,
  length: number,
  startedMs: number,
): string {
  const elapsed = describeSeconds((performance.now() - startedMs) / 1000);
  if (total === 1) return note === "" ? elapsed : `${note}, ${elapsed}`;
  const full = Math.round(progress * length);
  const bar = "\u2588".repeat(full) + "\u2591".repeat(length - full);
  const left = typeof eta === "number" && value > 0 ? [`${describeSeconds(eta)} to go`] : [];
  return [`${bar} ${value}/${total}`, elapsed, ...left, ...(note === "" ? [] : [note])].join(", ");
}

function describeSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

function sayLines(context: CliContext, { total }: BarOptions): ProgressBar {
  let saidMs = performance.now();
  return {
    update(value, note) {
      if (performance.now() - saidMs < LINE_MS) return;
      saidMs = performance.now();
      context.say([...(total === 1 ? [] : [`${value} of ${total} tasks are done`]), note].join(", "));
    },
    stop() {},
  };
}
