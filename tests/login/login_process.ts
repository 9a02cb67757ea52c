import { fileURLToPath } from "node:url";
import { callCli } from "../cli/call_cli.ts";
import { ROOT } from "../support/run.ts";

/** A command that runs. */
export interface Command {
  /** Resolves to the address that is printed. */
  address: Promise<string>;
  type(line: string): Promise<void>;
  done: Promise<{ code: number; stdout: string; stderr: string }>;
}

/** Starts one of the commands as a user would, on Deno or on Node. */
export function start(command: string, args: string[], userDir: string, runtime = "deno"): Command {
  const path = fileURLToPath(new URL("src/cli/mod.ts", ROOT));
  const [program, ...first] = runtime === "deno"
    ? [Deno.execPath(), "run", "-A", "--quiet", path]
    : ["node", "--import", new URL("node_modules/tsx/dist/loader.mjs", ROOT).href, path];
  const child = new Deno.Command(program as string, {
    args: [...first, command, ...args],
    cwd: ROOT,
    env: {
      NO_COLOR: "1",
      GLOBUS_COMPUTE_USER_DIR: userDir,
      GLOBUS_COMPUTE_CLIENT_ID: "",
      GLOBUS_COMPUTE_CLIENT_SECRET: "",
      GLOBUS_COMPUTE_ACCESS_TOKEN: "",
      GLOBUS_SDK_SERVICE_URL_AUTH: "",
      TZ: "UTC",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const found = Promise.withResolvers<string>();
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    let text = "";
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      text += part;
      const [address] = /^http\S+$/m.exec(text) ?? [];
      if (address !== undefined && /Paste|Waiting/.test(text)) found.resolve(address);
    }
    found.resolve("");
    return text;
  };
  const writer = child.stdin.getWriter();
  const work = async () => {
    const [stdout, stderr, { code }] = await Promise.all([
      read(child.stdout),
      read(child.stderr),
      child.status,
    ]);
    await writer.close().catch(() => {});
    return { code, stdout, stderr };
  };
  return {
    address: found.promise,
    type: (line) => writer.write(new TextEncoder().encode(`${line}\n`)),
    done: work(),
  };
}

/** Runs a command that asks nothing. */
export function run(command: string, args: string[], userDir: string, runtime?: string): Command["done"] {
  return start(command, args, userDir, runtime).done;
}

/** Starts one of the commands within the test's process. */
export function startHere(command: string, args: string[], userDir: string): Command {
  const found = Promise.withResolvers<string>();
  const typed = new TransformStream<string, string>();
  const writer = typed.writable.getWriter();
  let told = "";
  const work = async () => {
    const finished = await callCli([command, ...args], {
      env: { NO_COLOR: "1", TZ: "UTC", GLOBUS_COMPUTE_USER_DIR: userDir },
      stdin: typed.readable,
      onMessage(text) {
        told += text;
        const [address] = /^http\S+$/m.exec(told) ?? [];
        if (address !== undefined && /Paste|Waiting/.test(told)) found.resolve(address);
      },
    });
    found.resolve("");
    return finished;
  };
  return {
    address: found.promise,
    type: (line) => writer.write(`${line}\n`),
    done: work(),
  };
}

/** Runs a command that asks nothing within the test's process. */
export function runHere(command: string, args: string[], userDir: string): Command["done"] {
  return startHere(command, args, userDir).done;
}
