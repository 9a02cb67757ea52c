import { styleText } from "node:util";
import type { CliIo } from "./cli_io.ts";

/** A colour of the terminal, by what it says. */
export type Tone = "good" | "bad" | "dim" | "bold";

const STYLES = { good: "green", bad: "red", dim: "dim", bold: "bold" } as const;

/** What each command works with. */
export interface CliContext {
  readonly io: CliIo;
  readonly env: CliIo["env"];
  readonly signal: AbortSignal;
  /** How the user calls the program. */
  readonly command: string;
  /** Whether standard output is for a machine. */
  readonly isJson: boolean;
  /** Whether progress can be drawn. */
  readonly isTerminal: boolean;
  /** Writes a result, as lines. */
  print(text: string): void;
  /** Writes a result for a machine, as one line. */
  printJson(value: unknown): void;
  /** Writes a message, unless the user wants none. */
  say(text: string): void;
  /** Writes what the user has to know in any case. */
  warn(text: string): void;
  /** Colours text for standard error, where that can show colours. */
  paint(tone: Tone, text: string): string;
  /** Runs before each message: what is drawn there makes room. */
  onMessage: (() => void) | undefined;
}

/** What the arguments say about output. */
export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** The name of the program, as npm and `deno install` put it on the path. */
export const PROGRAM = "globus-edge";

export function createCliContext(io: CliIo, { json, quiet }: OutputOptions): CliContext {
  const { env, stdout, stderr } = io;
  const isTerminal = stderr.isTTY === true && env.TERM !== "dumb";
  const hasColours = isTerminal && !env.NO_COLOR;
  const context: CliContext = {
    io,
    env,
    signal: io.signal ?? new AbortController().signal,
    command: io.command ?? PROGRAM,
    isJson: json,
    isTerminal: isTerminal && !quiet,
    print: (text) => void stdout.write(`${text}\n`),
    printJson: (value) => void stdout.write(`${JSON.stringify(value)}\n`),
    say: (text) => quiet ? undefined : context.warn(text),
    warn(text) {
      context.onMessage?.();
      stderr.write(`${text}\n`);
    },
    // Node leaves colours out by its own view of the process's streams, unless it is told not to look at them.
    paint: (tone, text) => hasColours ? styleText(STYLES[tone], text, { validateStream: false }) : text,
    onMessage: undefined,
  };
  return context;
}
