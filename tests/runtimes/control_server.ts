import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { LocalService } from "../../src/local/mod.ts";
import type { Outcome } from "./auth_suite.ts";

/** What a suite in another process may do to the service, over HTTP. */
export interface ControlServer extends AsyncDisposable {
  url: string;
  /** What the suite has posted. */
  outcome: Promise<Outcome>;
}

/** Longer than a wait takes from one poll to the next. */
const SLOW_MS = 1_500;

/** Lets a suite slow tasks down, end all access tokens, count the requests for tokens, and say what came of it. */
export async function startControlServer(local: LocalService): Promise<ControlServer> {
  const { promise: outcome, resolve } = Promise.withResolvers<Outcome>();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    if (request.url === "/expire") local.expireAccessTokens();
    if (request.url === "/slow") local.setFaults({ queueDelayMs: SLOW_MS });
    if (request.url === "/fast") local.setFaults();
    if (request.url === "/outcome") resolve(JSON.parse(body));
    const count = local.requests.filter(({ path }) => path === "/v2/oauth2/token").length;
    response.setHeader("connection", "close").end(String(count));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    outcome,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
