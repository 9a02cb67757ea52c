import { freePort } from "../../support/free_port.ts";
import { ROOT } from "../../support/run.ts";
import type { HandlerSettings } from "./handler_process.ts";

/** A handler in a process of its own, at an address that stays the same when it is killed and started again. */
export interface KillableHandler extends AsyncDisposable {
  readonly url: string;
  /**
   * Kills it, without a word, and starts another one in its place.
   *
   * @param onKilled Called in between.
   */
  restart(onKilled?: () => Promise<void>): Promise<void>;
  /** Sends it a signal. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
}

/** Starts one. */
export async function startHandler(settings: Omit<HandlerSettings, "port">): Promise<KillableHandler> {
  let port = freePort();
  const start = async (): Promise<Deno.ChildProcess> => {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        "--quiet",
        new URL("tests/edge/storm/handler_process.ts", ROOT).href,
        JSON.stringify({ ...settings, port }),
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    port = Number(new TextDecoder().decode(value));
    await reader.cancel();
    if (!(port > 0)) throw new Error("The handler did not start");
    return child;
  };
  const kill = async (child: Deno.ChildProcess): Promise<void> => {
    child.kill("SIGKILL");
    await child.status;
  };
  let child = await start();
  return {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    async restart(onKilled) {
      await kill(child);
      await onKilled?.();
      child = await start();
    },
    signal: (name) => child.kill(name),
    [Symbol.asyncDispose]: () => kill(child),
  };
}
