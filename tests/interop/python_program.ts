import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** How long a program may take for an answer. */
const ANSWER_TIMEOUT_MS = 120_000;

/** The interpreter of an environment that `deno task interop` has made. */
export function interpreterOf(environment: "current" | "previous"): string {
  const python = fileURLToPath(new URL(`../../.interop/${environment}/bin/python`, import.meta.url));
  if (existsSync(python)) return python;
  throw new Error(`There is no environment '${environment}': run 'deno task interop'`);
}

/** A Python program that runs, and answers in lines of JSON. */
export interface PythonProgram extends AsyncDisposable {
  /** Writes a line. */
  tell(request: unknown): Promise<void>;
  /** The next line that it prints. */
  hear<Answer>(): Promise<Answer>;
  /** Tells, and hears. */
  ask<Answer>(request: unknown): Promise<Answer>;
}

/** Starts a program of this folder. What it writes to stderr is in the error where it ends too early. */
export function startPythonProgram(
  name: string,
  { environment = "current", env = {} }: {
    environment?: "current" | "previous";
    env?: Record<string, string>;
  } = {},
): PythonProgram {
  const child = new Deno.Command(interpreterOf(environment), {
    args: [fileURLToPath(new URL(name, import.meta.url))],
    env: { PYTHONUTF8: "1", PYTHONDONTWRITEBYTECODE: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  const lines = linesOf(child.stdout);
  const stderr = new Response(child.stderr).text();

  async function hear<Answer>(): Promise<Answer> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`${name} has not answered within ${ANSWER_TIMEOUT_MS / 1000} s`));
      }, ANSWER_TIMEOUT_MS);
    });
    try {
      const { done, value } = await Promise.race([lines.next(), late]);
      if (done) throw new Error(`${name} has ended: ${await stderr}`);
      return JSON.parse(value);
    } finally {
      clearTimeout(timer);
    }
  }

  const tell = (request: unknown) => input.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
  return {
    tell,
    hear,
    ask: async (request) => {
      await tell(request);
      return await hear();
    },
    async [Symbol.asyncDispose]() {
      await input.close().catch(() => {});
      await lines.return();
      await Promise.all([child.status, stderr]);
    },
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string, void, void> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() as string;
    yield* lines;
  }
}
