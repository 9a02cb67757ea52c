import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { LocalService } from "../../src/local/mod.ts";
import type { Outcome } from "./auth_world.ts";

/** What a suite in another process may do to the service, over HTTP. */
export interface ControlServer extends AsyncDisposable {
  url: string;
  /** Redirects whatever comes to another host. */
  redirectUrl: string;
  /** What the suite has posted. */
  outcome: Promise<Outcome>;
}

/**
 * Lets a suite hold tasks back (`/hold`, `/release`), end all access tokens (`/expire`), count what has followed a
 * redirect (`/strays`), and say what came of it (`/outcome`).
 */
export async function startControlServer(local: LocalService): Promise<ControlServer> {
  const { promise: outcome, resolve } = Promise.withResolvers<Outcome>();
  let strays = 0;
  await using servers = new AsyncDisposableStack();
  const elsewhere = servers.use(
    await serve((_, response) => {
      strays++;
      response.setHeader("connection", "close").end("You should not be here\n");
    }),
  );
  const redirect = servers.use(
    await serve((request, response) => {
      const headers = { location: elsewhere.url + request.url, connection: "close" };
      request.resume().on("end", () => response.writeHead(307, headers).end());
    }),
  );
  const control = servers.use(
    await serve(async (request, response) => {
      let body = "";
      for await (const chunk of request.setEncoding("utf8")) body += chunk;
      if (request.url === "/expire") local.expireAccessTokens();
      if (request.url === "/hold") local.setFaults({ offline: true });
      if (request.url === "/release") local.setFaults();
      if (request.url === "/outcome") resolve(JSON.parse(body));
      response.setHeader("connection", "close").end(request.url === "/strays" ? String(strays) : "");
    }),
  );
  const all = servers.move();
  return {
    url: control.url,
    redirectUrl: redirect.url,
    outcome,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function serve(answer: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(answer);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
