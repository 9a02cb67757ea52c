/**
 * The handler on a server of one's own, Deno or Node, with a SQLite file for a store: `deno task serve`.
 *
 * @module
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { lookup } from "node:dns/promises";
import { createAdaptorServer } from "@hono/node-server";
import { systemClock } from "../mod.ts";
import { sqliteStore } from "../src/store/sqlite_store.ts";
import { createCollector } from "./collector.ts";
import { type CreateHooks, readConfiguration } from "./configuration.ts";
import { eventLine } from "./event_line.ts";
import { createEdgeHandler } from "./handler.ts";
import type { Variables } from "./read_variables.ts";

/** What {@linkcode startEdgeServer} takes. */
export interface EdgeServerOptions {
  readonly env: Variables;
  readonly createHooks: CreateHooks;
  /** The SQLite file of the store. Several servers of one machine may share it. */
  readonly storeFile: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** @default {"127.0.0.1"} loopback: whoever wants it elsewhere puts a proxy with TLS before it */
  readonly host?: string;
  /** Is given a line of JSON for all that happens. */
  readonly onLine: (line: string) => void;
}

/** A server that runs. */
export interface EdgeServer {
  readonly host: string;
  readonly port: number;
  /** Takes nothing new, finishes what has begun, for some seconds, and ends. */
  close(): Promise<void>;
}

/** Streams of events stay open for minutes: they are cut after this. */
const FINISH_MS = 10_000;

/**
 * Starts it: it answers, and collects when that is due.
 *
 * @throws {TypeError | RangeError} If settings are missing or of no use; the message names them.
 * @throws {Error} If the port is taken.
 */
export async function startEdgeServer(options: EdgeServerOptions): Promise<EdgeServer> {
  const { env, createHooks, storeFile, port, host = "127.0.0.1", onLine } = options;
  const store = sqliteStore(storeFile);
  const pending = new Set<Promise<unknown>>();
  const handler = createEdgeHandler(readConfiguration(env, createHooks, {
    store,
    async resolveAddresses(hostname) {
      return (await lookup(hostname, { all: true })).map(({ address }) => address);
    },
    waitUntil(promise) {
      pending.add(promise);
      void promise.finally(() => pending.delete(promise));
    },
    onDue: (atMs) => collector.due(atMs),
    onEvent: (event) => onLine(eventLine(event)),
  }));
  const collector = createCollector({
    collect: handler.collect,
    clock: systemClock,
    onError: (error) => onLine(eventLine({ kind: "collectFailed", error })),
  });
  const server = await listen(handler, host, port);
  const collecting = collector.runUntil(Infinity);
  return {
    host,
    port: (server.address() as AddressInfo).port,
    async close() {
      await finish(server);
      await Promise.all([...pending, collector.stop(), collecting]);
      await store.close();
    },
  };
}

function listen(
  handler: (request: Request) => Promise<Response>,
  host: string,
  port: number,
): Promise<Server> {
  const server = createAdaptorServer({ fetch: handler, overrideGlobalObjects: false }) as Server;
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const isTaken = "code" in cause && cause.code === "EADDRINUSE";
      reject(isTaken ? new Error(`Port ${port} is taken: choose another one`, { cause }) : cause);
    });
    server.listen(port, host, () => resolve(server));
  });
}

/** Lets answers that have begun come to their end. */
async function finish(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), FINISH_MS);
  await closed;
  clearTimeout(timer);
}
