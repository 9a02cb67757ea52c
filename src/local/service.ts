import { availableParallelism } from "node:os";
import { createApp } from "./app.ts";
import { DEFAULT_MAX_OUTPUT_BYTES, DEFAULT_TASK_TIME_LIMIT_MS, LOCAL_ENDPOINT_ID } from "./constants.ts";
import { listenOnLoopback } from "./listen.ts";
import { createState } from "./state.ts";
import { startWorkerPool } from "./worker_pool.ts";

/** What {@linkcode startLocalService} takes. */
export interface LocalServiceOptions {
  /** The port to listen on; 0 takes a free one. @default {0} */
  port?: number;
  /** Python processes, and so tasks at a time. @default {the machine's cores} */
  workers?: number;
  /** The interpreter: CPython 3.8 or newer, with whatever your functions import. @default {"python3"} */
  python?: string;
  /** How long a task may run, in milliseconds, until it is stopped and fails. @default {600_000} */
  taskTimeLimitMs?: number;
  /** How much a task may print, in bytes, until it is stopped and fails. @default {33_554_432} */
  maxOutputBytes?: number;
  /** Is given what tasks print. @default {it is dropped} */
  onOutput?: (chunk: Uint8Array, stream: "stdout" | "stderr") => void;
}

/** A Compute service that runs on this machine. */
export interface LocalService extends AsyncDisposable {
  /** Its address, to give to `createClient`. */
  readonly baseUrl: string;
  /** The id of its endpoint: that of the public tutorial endpoint, so that published examples run unchanged. */
  readonly endpointId: string;
  /** The token that it asks for, made at its start: whoever has it may run code here. */
  readonly accessToken: string;
  /** The version of the interpreter that runs tasks. */
  readonly pythonVersion: string;
  /** The Python processes. */
  readonly workers: number;
  /** The service as a function, which needs no port. */
  fetch(request: Request): Promise<Response>;
  /** Stops everything: the server, the workers and what they have started. */
  close(): Promise<void>;
}

/**
 * Starts a Compute service on this machine, which runs tasks in real Python processes. It listens on loopback
 * alone, keeps all in memory, and lets nobody in without its token, as it runs code.
 *
 * @example In a script or a test
 * ```ts
 * import { accessToken, callFunction, createClient, registerSource } from "@edge-compute/globus";
 * import { startLocalService } from "@edge-compute/globus/local";
 *
 * export async function main(): Promise<void> {
 *   await using local = await startLocalService({ workers: 2 });
 *   const client = createClient({ baseUrl: local.baseUrl, authorizer: accessToken(local.accessToken) });
 *   const functionId = await registerSource(client, { source: "def double(x):\n    return 2 * x\n" });
 *   console.log(await callFunction(client, { endpointId: local.endpointId, functionId, args: [21] })); // 42
 * }
 * ```
 *
 * @throws {Error} If there is no usable Python, or the port is taken; the message says what to do.
 * @throws {RangeError} If `workers` is no positive integer.
 */
export async function startLocalService(options: LocalServiceOptions = {}): Promise<LocalService> {
  const {
    port = 0,
    workers = availableParallelism(),
    python = "python3",
    taskTimeLimitMs = DEFAULT_TASK_TIME_LIMIT_MS,
    maxOutputBytes = DEFAULT_MAX_OUTPUT_BYTES,
    onOutput,
  } = options;
  const pool = await startWorkerPool({
    workers,
    python,
    taskTimeLimitMs,
    maxOutputBytes,
    ...(onOutput === undefined ? {} : { onOutput }),
  });
  const accessToken = createToken();
  const app = await createApp({
    accessToken,
    state: createState(),
    run: pool.run,
    pythonVersion: pool.pythonVersion,
    counts: pool.counts,
  });
  const listener = await listenOnLoopback((request) => app.fetch(request), port).catch(async (error) => {
    await pool.close();
    throw error;
  });
  let closed: Promise<void> | undefined;
  const close = () => closed ??= Promise.all([listener.close(), pool.close()]).then(() => {});
  return {
    baseUrl: `http://127.0.0.1:${listener.port}`,
    endpointId: LOCAL_ENDPOINT_ID,
    accessToken,
    pythonVersion: pool.pythonVersion,
    workers,
    fetch: async (request) => await app.fetch(request),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** 256 random bits, in the characters of a bearer token. */
function createToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
