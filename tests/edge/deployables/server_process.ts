import { ROOT } from "../../support/run.ts";
import type { Deployment } from "./check_deployable.ts";

/** How a deployable is started as a process, and where its first lines say that it listens. */
export interface ServerProcess {
  program: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Finds the port in what it has printed. */
  port: RegExp;
}

/** A deployable that is a process of its own. */
export interface DeployedProcess extends Deployment {
  /** What it has printed so far. */
  printed(): string;
  /** Sends it a signal that ends it, and resolves to its exit status. */
  end(signal: Deno.Signal): Promise<number>;
}

/** Starts it, and resolves once it listens. */
export async function startServerProcess(
  { program, args, env, port }: ServerProcess,
): Promise<DeployedProcess> {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd: ROOT,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "", NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let printed = "";
  let onPort = (_: number) => {};
  const listening = new Promise<number>((resolve) => onPort = resolve);
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      printed += text;
      const [, found] = port.exec(printed) ?? [];
      if (found) onPort(Number(found));
    }
  };
  const reading = Promise.all([read(child.stdout), read(child.stderr)]).then(() => onPort(0));
  const found = await listening;
  const howItEnded = async () => {
    const { code, signal } = await child.status;
    return `It ended with ${signal ?? code}, and has printed: ${printed}`;
  };
  if (found === 0) throw new Error(await howItEnded());
  const end = async (signal: Deno.Signal) => {
    child.kill(signal);
    const { code } = await child.status;
    await reading;
    return code;
  };
  return {
    printed: () => printed,
    end,
    send(request) {
      const url = new URL(request.url);
      url.port = String(found);
      return fetch(new Request(url, request));
    },
    async kill() {
      await end("SIGKILL");
    },
    async stop() {
      if (await end("SIGTERM") !== 0) throw new Error(await howItEnded());
    },
  };
}
