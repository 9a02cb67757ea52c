/** The local service answers this machine only, and only with the token. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { connect } from "node:net";
import { startLocalService } from "../../src/local/mod.ts";

/** Sends a request with headers that `fetch` would not let through, and returns what comes back. */
function raw(host: string, port: number, lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => text += chunk);
    socket.on("end", () => resolve(text)).on("error", reject);
    socket.write([...lines, "Connection: close", "", ""].join("\r\n"));
  });
}

Deno.test("startLocalService() lets in this machine alone, and only with the token", async (t) => {
  await using local = await startLocalService({ workers: 1 });
  const port = Number(new URL(local.baseUrl).port);
  const token = `Authorization: Bearer ${local.accessToken}`;

  const cases: [name: string, lines: string[], status: number, text: string][] = [
    ["its own address", [`Host: 127.0.0.1:${port}`, token], 200, '"OK"'],
    ["localhost", [`Host: localhost:${port}`, token], 200, '"OK"'],
    ["no token", [`Host: 127.0.0.1:${port}`], 401, "USER_UNAUTHENTICATED"],
    ["a wrong token", [`Host: 127.0.0.1:${port}`, "Authorization: Bearer x"], 401, "INVALID_AUTH_TOKEN"],
    ["a foreign Host", ["Host: rebound.example.org", token], 403, "rebound.example.org"],
    ["a Host that only begins well", ["Host: localhost.example.org", token], 403, "localhost.example.org"],
    [
      "a foreign Origin",
      [`Host: 127.0.0.1:${port}`, token, "Origin: https://example.org"],
      403,
      "https://example.org",
    ],
    ["an opaque Origin", [`Host: 127.0.0.1:${port}`, token, "Origin: null"], 403, "null"],
    [
      "a page of this machine",
      [`Host: 127.0.0.1:${port}`, token, "Origin: http://localhost:3000"],
      200,
      '"OK"',
    ],
  ];
  for (const [name, lines, status, text] of cases) {
    await t.step(name, async () => {
      const answer = await raw("127.0.0.1", port, ["GET /v2/authenticate HTTP/1.1", ...lines]);
      assert(answer.startsWith(`HTTP/1.1 ${status} `), answer);
      assertStringIncludes(answer, text);
    });
  }

  await t.step("an answer never repeats the token", async () => {
    const answer = await raw("127.0.0.1", port, [
      "GET /v2/authenticate HTTP/1.1",
      `Host: evil.example`,
      token,
    ]);
    assertEquals(answer.includes(local.accessToken), false);
  });

  await t.step("the other loopback address", async () => {
    const answer = await raw("::1", port, ["GET /v2/version HTTP/1.1", `Host: [::1]:${port}`]);
    assert(answer.startsWith("HTTP/1.1 200 "), answer);
  });

  await t.step("a port that is taken", async () => {
    await assertRejects(() => startLocalService({ workers: 1, port }), Error, `Port ${port} is taken`);
  });

  await t.step("no Python", async () => {
    const error = await assertRejects(() => startLocalService({ python: "no-such-python" }), Error);
    assertStringIncludes(error.message, "install Python 3.8 or newer");
  });
});
