import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Handle } from "./exchange.ts";

/** A server that listens. */
export interface Listener {
  /** The port that it was asked for, or was given where it asked for 0. */
  port: number;
  /** Ends it, open connections included. */
  close(): Promise<void>;
}

/** How often another free port is tried, where one of the two addresses has it taken. */
const MAX_PORT_ATTEMPTS = 10;

/**
 * Listens on this machine's own addresses, 127.0.0.1 and [::1], and on no other. Where there is no IPv6, the
 * first is enough.
 *
 * @param port The port; 0 for a free one.
 * @throws {Error} If the port is taken; the message names it.
 */
export async function listenOnLoopback(
  handle: Handle,
  port: number,
): Promise<Listener> {
  for (let attempt = 1;; attempt++) {
    const first = await listen(handle, "127.0.0.1", port);
    const bound = (first.address() as AddressInfo).port;
    try {
      const second = await listen(handle, "::1", bound);
      return { port: bound, close: async () => void await Promise.all([close(first), close(second)]) };
    } catch (error) {
      if (codeOf(error) !== "EADDRINUSE") return { port: bound, close: () => close(first) };
      await close(first);
      if (port !== 0 || attempt === MAX_PORT_ATTEMPTS) throw error;
    }
  }
}

/** Sends what the service answers, or resets the connection, and tells when all has been written. */
function respond(handle: Handle) {
  return async function respond(request: Request, { incoming, outgoing }: HttpBindings): Promise<Response> {
    const { response, onSent } = await handle(request);
    if (!response) {
      incoming.socket.resetAndDestroy();
      return RESPONSE_ALREADY_SENT;
    }
    // The operating system has all of it then. Node comes to it, too, where the connection broke before.
    outgoing.once("finish", () => {
      if (!incoming.socket.errored) onSent?.();
    });
    return response;
  };
}

function listen(handle: Handle, host: string, port: number): Promise<Server> {
  const fetch = respond(handle) as Parameters<typeof createAdaptorServer>[0]["fetch"];
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server;
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      if (codeOf(cause) !== "EADDRINUSE") return reject(cause);
      const error = new Error(`Port ${port} is taken: choose another one, or 0 for any that is free`, {
        cause,
      });
      reject(Object.assign(error, { code: "EADDRINUSE" }));
    });
    server.listen(port, host, () => resolve(server));
  });
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  // Where a request broke off, the adapter looks after its body in the turn after the next one.
  for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => setTimeout(resolve));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
