import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";

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
  fetch: (request: Request) => Response | Promise<Response>,
  port: number,
): Promise<Listener> {
  for (let attempt = 1;; attempt++) {
    const first = await listen(fetch, "127.0.0.1", port);
    const bound = (first.address() as AddressInfo).port;
    try {
      const second = await listen(fetch, "::1", bound);
      return { port: bound, close: async () => void await Promise.all([close(first), close(second)]) };
    } catch (error) {
      if (codeOf(error) !== "EADDRINUSE") return { port: bound, close: () => close(first) };
      await close(first);
      if (port !== 0 || attempt === MAX_PORT_ATTEMPTS) throw error;
    }
  }
}

function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  host: string,
  port: number,
): Promise<Server> {
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

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
