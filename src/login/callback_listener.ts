import { checkKeys, checkNumber } from "../base/check.ts";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import type { Clock } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";
import { withDeadline } from "../base/deadline.ts";
import { codeOf } from "../base/system_error.ts";

/** A person may have to find their phone first. */
const TIMEOUT_MS = 300_000;
const PATH = "/callback";

/** Waits on this machine for the browser of a person who logs in. */
export interface CallbackListener {
  /** Where the browser is to be sent; it has to be registered for the client. */
  redirectUri: string;
  /**
   * Resolves to the address that the browser was sent to, for {@linkcode finishLogin}. One with another `state` is refused
   * in the browser, and waiting goes on.
   *
   * @throws {ComputeAuthorizationError} If none came in time.
   */
  wait(options: CallbackOptions): Promise<string>;
  /** Gives the port back. */
  close(): Promise<void>;
}

/** What {@linkcode CallbackListener.wait} takes. */
export interface CallbackOptions {
  /** The `state` of the login that is waited for. */
  state: string;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
  /**
   * How long to wait.
   * @default {300_000}
   */
  timeoutMs?: number | undefined;
  /**
   * Tells the time.
   * @default {the runtime's}
   */
  clock?: Clock | undefined;
  /** Is told of an answer that belongs to another login. */
  onForeignAnswer?: (() => void) | undefined;
}

/**
 * Listens at `http://localhost:PORT/callback`, on loopback alone, in both families of addresses.
 *
 * @example
 * ```ts
 * import { beginLogin, finishLogin, listenForCallback, saveLogin } from "@edge-compute/globus/login";
 *
 * export async function login(clientId: string): Promise<void> {
 *   const listener = await listenForCallback(8765);
 *   try {
 *     const pending = await beginLogin({ clientId, redirectUri: listener.redirectUri });
 *     console.log(`Open ${pending.url}`);
 *     await saveLogin(pending.issuer, await finishLogin(pending, await listener.wait(pending)));
 *   } finally {
 *     await listener.close();
 *   }
 * }
 * ```
 *
 * @param port The port; 0 takes a free one.
 * @throws {Error} If the port is taken; it says so.
 */
export async function listenForCallback(port: number): Promise<CallbackListener> {
  if (port === undefined) {
    throw new TypeError("Cannot use listenForCallback() without 'port': 0 is any that is free");
  }
  checkNumber(port, "port", 0, 65_535);
  let receive: ((url: URL) => string) | undefined;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const url = callbackIn(request, bound);
    const [status, text] = url === undefined
      ? [404, "There is nothing here."]
      : receive === undefined
      ? [503, "Nobody waits for this login any more."]
      : [200, receive(url)];
    response.writeHead(text === FOREIGN ? 400 : status, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      connection: "close",
    });
    response.end(`<!doctype html><title>Globus Compute</title><p>${text}</p>\n`);
  };
  const first = await listen(answer, "127.0.0.1", port);
  const bound = (first.address() as AddressInfo).port;
  const servers = [first];
  try {
    servers.push(await listen(answer, "::1", bound));
  } catch (error) {
    // A machine without IPv6 has no such address; where another program listens there, the browser may go to that.
    if (codeOf(error) === "EADDRINUSE") {
      await closeAll(servers);
      throw portTaken(bound);
    }
  }
  return {
    redirectUri: `http://localhost:${bound}${PATH}`,
    wait(options) {
      checkKeys(options, "wait()", "state signal timeoutMs clock onForeignAnswer", "state");
      checkNumber(options.timeoutMs, "timeoutMs", 0, Infinity, false);
      const { state, signal, timeoutMs = TIMEOUT_MS, clock = systemClock, onForeignAnswer } = options;
      const onTimeout = () =>
        new ComputeAuthorizationError(
          `Cannot log in: the browser did not come back within ${timeoutMs / 1000} s: begin again`,
        );
      return withDeadline(
        { clock, signal, timeoutMs, onTimeout },
        (signal) =>
          new Promise<string>((resolve) => {
            signal.addEventListener("abort", () => receive = undefined, { once: true });
            receive = (url) => {
              if (url.searchParams.get("state") !== state) {
                onForeignAnswer?.();
                return FOREIGN;
              }
              receive = undefined;
              resolve(url.href);
              return url.searchParams.has("error") ? REFUSED : DONE;
            };
          }),
      );
    },
    close: () => closeAll(servers),
  };
}

const DONE = "You can close this window and go back to the terminal.";
const REFUSED = "This login was refused. You can close this window; the terminal says more.";
const FOREIGN = "This belongs to another login: open the newest address that the terminal shows.";

/** The address of a callback; nothing for another page, or one that another name leads to (DNS rebinding). */
function callbackIn({ method, url, headers }: IncomingMessage, port: number): URL | undefined {
  const hosts = ["localhost", "127.0.0.1", "[::1]"].map((name) => `${name}:${port}`);
  if (method !== "GET" || !hosts.includes(headers.host ?? "")) return undefined;
  const address = `http://localhost:${port}${url}`;
  const callback = URL.canParse(address) ? new URL(address) : undefined;
  return callback?.pathname === PATH ? callback : undefined;
}

function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  host: string,
  port: number,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(answer);
    server.once(
      "error",
      (error) => reject(codeOf(error) === "EADDRINUSE" && host !== "::1" ? portTaken(port) : error),
    );
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

function portTaken(port: number): Error {
  return new Error(`Port ${port} is taken: choose another one, whose redirect is registered too`);
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.map((server) =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    })
  ));
}
