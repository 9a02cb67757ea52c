/** Where text goes: a stream of the process, or something of a test's. */
export interface OutputStream {
  /** Takes text. */
  write(text: string): unknown;
  /**
   * Whether it is a terminal: then there are colours, and progress is shown.
   * @default {false}
   */
  readonly isTTY?: boolean | undefined;
  /** How wide the terminal is, in characters. */
  readonly columns?: number | undefined;
}

/** What the command line has of the world. */
export interface CliIo {
  /** What is typed or piped in. */
  stdin: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;
  /** Results. */
  stdout: OutputStream;
  /** Messages, progress and errors. */
  stderr: OutputStream;
  /** The environment variables. */
  env: Readonly<Record<string, string | undefined>>;
  /** Ends the waiting, as Ctrl-C does. */
  signal?: AbortSignal | undefined;
  /**
   * How the user calls the program, for messages that say what to type.
   * @default {"globus-edge"}
   */
  command?: string | undefined;
}
