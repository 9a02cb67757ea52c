import { runParser } from "@optique/core/facade";
import { formatMessage, lineBreak, type Message, message, text } from "@optique/core/message";
import { VERSION } from "../version.ts";
import { PROGRAM } from "./cli_context.ts";
import type { CliIo } from "./cli_io.ts";
import { EXIT_CODES } from "./exit_codes.ts";
import { type CommandValues, program } from "./program.ts";

/** What arguments come to: a command, help or a completion that was shown, or what is wrong with them. */
export type Parsed =
  | { state: "command"; values: CommandValues }
  | { state: "shown" }
  | { state: "wrong"; problem: string };

/** How wide help is where nothing tells. */
const DEFAULT_WIDTH = 100;

/** Reads the arguments, and shows what they ask for where that is help, the version or a completion. */
export function parseArguments(args: readonly string[], { stdout, env }: CliIo): Parsed {
  const shown: Parsed = { state: "shown" };
  const isHelp = args[0] !== "completion";
  const width = Math.min(stdout.columns ?? DEFAULT_WIDTH, DEFAULT_WIDTH);
  const values = runParser<typeof program, Parsed, Parsed>(program, PROGRAM, args, {
    brief: message`Call Python functions on supercomputers, through Globus Compute.`,
    footer: exitCodes(),
    colors: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb",
    maxWidth: Math.max(width, 40),
    aboveError: "none",
    help: { option: true, command: true, onShow: () => shown },
    version: { value: VERSION, option: true, onShow: () => shown },
    completion: { command: true, onShow: () => shown },
    usageLine: [{ type: "literal", value: "COMMAND" }, { type: "literal", value: "[ARGUMENTS]" }],
    // The library leaves blanks at the ends of lines that it breaks.
    stdout: (shown) => void stdout.write(`${isHelp ? shown.replace(/ +$/gm, "") : shown}\n`),
    stderr: () => {}, // The problem is told with what comes of it.
    onError: (_code, problem) => ({ state: "wrong", problem: toProblem(problem) }),
  }) as CommandValues | Parsed;
  return "state" in values ? values : { state: "command", values };
}

/** One line; and what stands behind '=' may be a secret that belongs elsewhere. */
function toProblem(problem: Message): string {
  const line = formatMessage(problem, { quotes: true }).replace(/\s+/g, " ").trim().replace(/\.$/, "");
  return line.replace(/(`--?[\w-]+)=[^`]*`/g, "$1=…`").replaceAll("`", "'");
}

function exitCodes(): Message {
  const lines = EXIT_CODES.map(([code, meaning]) => text(`${String(code).padStart(5)}  ${meaning}`));
  return [text("Ends with:"), ...lines.flatMap((line) => [lineBreak(), line])];
}
