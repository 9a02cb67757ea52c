import { checkKeys, checkNumber } from "../base/check.ts";
import { availableParallelism } from "node:os";
import { systemClock } from "../base/clock.ts";
import { DEFAULT_MAX_OUTPUT_BYTES, DEFAULT_TASK_TIME_LIMIT_MS } from "./constants.ts";
import { createCore } from "./core.ts";
import {
  coreOptions,
  describeCore,
  type InProcessService,
  type InProcessServiceOptions,
  SERVICE_KEYS,
} from "./create_local_service.ts";
import { runJavaScript } from "./javascript_functions.ts";
import { listenOnLoopback } from "./listen.ts";
import { startWorkerPool } from "./worker_pool.ts";

/** What {@linkcode startLocalService} takes. */
export interface LocalServiceOptions extends InProcessServiceOptions {
  /**
   * The port to listen on; 0 takes a free one.
   * @default {0}
   */
  port?: number;
  /**
   * Python processes, and so tasks at a time.
   * @default {the machine's cores}
   */
  workers?: number;
  /**
   * The interpreter: CPython 3.8 or newer, with whatever your functions import.
   * @default {"python3"}
   */
  python?: string;
  /**
   * How long a task may run, in milliseconds, until it is stopped and fails.
   * @default {600_000}
   */
  taskTimeLimitMs?: number;
  /**
   * How much a task may print, in bytes, until it is stopped and fails.
   * @default {33_554_432}
   */
  maxOutputBytes?: number;
  /**
   * Is given what tasks print.
   * @default {it is dropped}
   */
  onOutput?: (chunk: Uint8Array, stream: "stdout" | "stderr") => void;
}

/** A Compute service that runs on this machine. */
export interface LocalService extends InProcessService {
  /** The version of the interpreter that runs tasks. */
  readonly pythonVersion: string;
  /** The Python processes. */
  readonly workers: number;
}

/**
 * Starts a Compute service on this machine, which runs tasks in real Python processes. It listens on loopback
 * alone, keeps all in memory, and lets nobody in without its secret or its token, as it runs code.
 *
 * It plays Globus Auth, too, at the same address: clients get tokens, people log in with its secret, and JWTs of issuers
 * that it trusts are taken. It has all routes of the Compute service. Endpoints can be registered with it, and tasks submitted to them wait;
 * whatever connection it names for AMQP leads nowhere: results are asked for over HTTP.
 *
 * @example In a script or a test
 * ```ts
 * import { callFunction, clientCredentials, createClient, registerSource } from "@edge-compute/globus";
 * import { startLocalService } from "@edge-compute/globus/local";
 *
 * export async function main(): Promise<void> {
 *   await using local = await startLocalService({ workers: 2 });
 *   const client = createClient({ baseUrl: local.baseUrl, authorizer: clientCredentials(local) });
 *   const functionId = await registerSource(client, { source: "def double(x):\n    return 2 * x\n" });
 *   console.log(await callFunction(client, { endpointId: local.endpointId, functionId, args: [21] })); // 42
 * }
 * ```
 *
 * @throws {Error} If there is no usable Python, or the port is taken; the message says what to do.
 * @throws {RangeError} If an option is out of its range.
 */
export async function startLocalService(options: LocalServiceOptions = {}): Promise<LocalService> {
  checkKeys(
    options,
    "startLocalService()",
    `${SERVICE_KEYS} port workers python taskTimeLimitMs maxOutputBytes onOutput`,
  );
  checkNumber(options.port, "port", 0, 65_535);
  checkNumber(options.workers, "workers", 1, 1_024);
  checkNumber(options.taskTimeLimitMs, "taskTimeLimitMs", 1, Infinity, false);
  checkNumber(options.maxOutputBytes, "maxOutputBytes", 0, Infinity, false);
  const {
    port = 0,
    workers = availableParallelism(),
    python = "python3",
    taskTimeLimitMs = DEFAULT_TASK_TIME_LIMIT_MS,
    maxOutputBytes = DEFAULT_MAX_OUTPUT_BYTES,
    onOutput,
  } = options;
  const { clock = systemClock, functions = {} } = options;
  const pool = await startWorkerPool({
    workers,
    python,
    taskTimeLimitMs,
    maxOutputBytes,
    ...(onOutput === undefined ? {} : { onOutput }),
  });
  try {
    const core = createCore({
      runner: runJavaScript(functions, clock, pool),
      pythonVersion: pool.pythonVersion,
      ...coreOptions(options),
    });
    const listener = await listenOnLoopback(core.handle, port);
    let closed: Promise<void> | undefined;
    const close = () => closed ??= Promise.all([core.close(), listener.close(), pool.close()]).then(() => {});
    return {
      ...describeCore(core, `http://127.0.0.1:${listener.port}`),
      pythonVersion: pool.pythonVersion,
      workers,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await pool.close();
    throw error;
  }
}
