/** Over real sockets, forms are read in pieces, and no further than a form goes. */
import { assertEquals, assertMatch } from "@std/assert";
import { connect } from "node:net";
import { type LocalService, startLocalService } from "../../../src/local/mod.ts";
import { authorizeUrl, ownersClient } from "./auth_helpers.ts";

/** Sends a form in pieces, whose length nobody is told, and gives the answer. */
function sendPieces(local: LocalService, pieces: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(local.baseUrl);
    const socket = connect({ host, port: Number(port) });
    let answer = "";
    socket.setEncoding("utf8").on("error", reject).on("close", () => resolve(answer));
    socket.on("data", (text: string) => answer += text);
    const lines = [
      "POST /v2/oauth2/token HTTP/1.1",
      `Host: ${host}:${port}`,
      `Authorization: ${ownersClient(local).authorization}`,
      "Content-Type: application/x-www-form-urlencoded",
      "Transfer-Encoding: chunked",
      "Connection: close",
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    for (const piece of [...pieces, ""]) socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
  });
}

// The server lets the rest of a body run out for half a second, by a timer that nobody can end.
const SANITIZE = { sanitizeOps: false, sanitizeResources: false };

Deno.test("a form over HTTP is read in pieces, and no further than a form goes", SANITIZE, async () => {
  await using local = await startLocalService({ workers: 1 });
  const start = "grant_type=client_credentials&padding=";
  const whole = await sendPieces(local, [start, "x".repeat(1000)]);
  assertMatch(whole, /^HTTP\/1\.1 200 [^]*"access_token"/);
  const pieces = [start, ...Array.from({ length: 20 }, () => "x".repeat(65_536))];
  const refused = await sendPieces(local, pieces);
  assertMatch(refused, /^HTTP\/1\.1 400 [^]*"invalid_request"/);
});

Deno.test("the login page over HTTP takes its own form alone", async () => {
  await using local = await startLocalService({ workers: 1 });
  const answer = async (origin: string) => {
    const body = new URLSearchParams({ secret: local.clientSecret, decision: "allow" });
    const init = { method: "POST", body, headers: { origin }, redirect: "manual" } as const;
    const response = await fetch(authorizeUrl(local), init);
    await response.body?.cancel();
    return [
      response.status,
      response.headers.get("location")?.startsWith("http://localhost:4321/callback?code="),
    ];
  };
  assertEquals(await answer(local.issuer), [302, true]);
  assertEquals(await answer("https://evil.example"), [403, undefined]);
  const { headers, body } = await fetch(authorizeUrl(local));
  await body?.cancel();
  assertEquals(headers.get("cache-control"), "no-store");
});
