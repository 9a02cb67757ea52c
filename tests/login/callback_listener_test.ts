/**
 * The listener for the browser takes the answer of its own login alone, tells the browser what came of it,
 * and ends in time.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { request } from "node:http";
import { listenForCallback } from "../../src/login/callback_listener.ts";
import { ComputeAuthorizationError } from "../../mod.ts";
import { ManualClock } from "../support/manual_clock.ts";

interface Page {
  status: number;
  text: string;
  headers: Record<string, unknown>;
}

function ask(url: string, options: { host?: string; method?: string; address?: string } = {}): Promise<Page> {
  const { port, pathname, search, host: standard } = new URL(url);
  const { host = standard, method = "GET", address = "127.0.0.1" } = options;
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: address, port, path: pathname + search, method, headers: { host }, agent: false },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part) => text += part);
        response.on(
          "end",
          () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
        );
      },
    );
    sent.on("error", reject).end();
  });
}

Deno.test("listenForCallback() takes the answer of this login alone, in both families", async () => {
  const listener = await listenForCallback(0);
  try {
    const { redirectUri } = listener;
    const early = await ask(`${redirectUri}?code=c&state=s`);
    assertEquals([early.status, early.text.includes("Nobody waits")], [503, true]);
    let foreign = 0;
    const waiting = listener.wait({ state: "s", onForeignAnswer: () => foreign++ });
    const wrong = await ask(`${redirectUri}?code=c&state=other`);
    assertEquals([wrong.status, foreign], [400, 1]);
    assertStringIncludes(wrong.text, "belongs to another login");
    assertEquals((await ask(`${redirectUri}/else?code=c&state=s`)).status, 404);
    assertEquals((await ask(`${redirectUri}?code=c&state=s`, { method: "POST" })).status, 404);
    assertEquals((await ask(`${redirectUri}?code=c&state=s`, { host: "evil.example.org" })).status, 404);
    const hasIpv6 = await Deno.readTextFile("/proc/net/if_inet6").then((text) => text !== "", () => false);
    const right = await ask(`${redirectUri}?code=c&state=s`, { address: hasIpv6 ? "::1" : "127.0.0.1" });
    assertEquals(right.status, 200);
    assertStringIncludes(right.text, "You can close this window");
    assertEquals(right.text.includes("code=c"), false);
    assertEquals(right.headers["content-security-policy"], "default-src 'none'");
    assertEquals(await waiting, `${redirectUri}?code=c&state=s`);
    assertEquals((await ask(`${redirectUri}?code=c&state=s`)).status, 503);
  } finally {
    await listener.close();
  }
});

Deno.test("listenForCallback() tells the browser of a refusal", async () => {
  const listener = await listenForCallback(0);
  try {
    const waiting = listener.wait({ state: "s" });
    const page = await ask(`${listener.redirectUri}?error=access_denied&state=s`);
    assertStringIncludes(page.text, "This login was refused");
    assertStringIncludes(await waiting, "error=access_denied");
  } finally {
    await listener.close();
  }
});

Deno.test("listenForCallback() waits five minutes, and not at all once it is aborted", async () => {
  const listener = await listenForCallback(0);
  try {
    const clock = new ManualClock();
    const late = assertRejects(
      () => listener.wait({ state: "s", clock }),
      ComputeAuthorizationError,
      "within 300 s: begin again",
    );
    await clock.advance(300_000);
    await late;
    assertEquals((await ask(`${listener.redirectUri}?code=c&state=s`)).status, 503);
    const reason = new Error("enough");
    const error = await assertRejects(() => listener.wait({ state: "s", signal: AbortSignal.abort(reason) }));
    assert(error === reason);
    assertEquals(clock.sleeping, 0);
  } finally {
    await listener.close();
  }
});

Deno.test("listenForCallback() says that a port is taken", async () => {
  const listener = await listenForCallback(0);
  const { port } = new URL(listener.redirectUri);
  await assertRejects(() => listenForCallback(Number(port)), Error, `Port ${port} is taken`);
  await listener.close();
  const again = await listenForCallback(Number(port));
  await again.close();
});
