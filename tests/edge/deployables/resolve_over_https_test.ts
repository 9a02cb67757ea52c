/**
 * Names are resolved over HTTPS from a real server on loopback, remembered for a while, and no address is
 * missed.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { resolveOverHttps } from "../../../edge/resolve_over_https.ts";
import { testClock } from "../../store/store_case.ts";
import { until } from "../../support/until.ts";

/** A resolver on loopback that answers as Cloudflare's does. */
function startResolver(
  answer: (name: string, type: string) => Response | object | Promise<object>,
): AsyncDisposable & { url: string; questions: string[] } {
  const questions: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { searchParams } = new URL(request.url);
    const [name, type] = [searchParams.get("name") as string, searchParams.get("type") as string];
    questions.push(`${type} ${name} ${request.headers.get("accept")}`);
    const answered: Response | object = await answer(name, type);
    return answered instanceof Response
      ? answered
      : Response.json(answered, { headers: { "content-type": "application/dns-json" } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/dns-query`,
    questions,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const options = { signal: new AbortController().signal };

Deno.test("resolveOverHttps() gives the addresses of both kinds at the end of aliases", async () => {
  await using resolver = startResolver((name, type) => ({
    Status: 0,
    Question: [{ name, type: type === "A" ? 1 : 28 }],
    Answer: [
      { name, type: 5, TTL: 300, data: "other.example.org." },
      ...(type === "A" ? ["192.0.2.1", "192.0.2.2"] : ["2001:db8::1"]).map((data) => ({
        name: "other.example.org",
        type: type === "A" ? 1 : 28,
        TTL: 60,
        data,
      })),
    ],
  }));
  const resolve = resolveOverHttps({ url: resolver.url });
  assertEquals(await resolve("lab.example.org", options), ["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
  assertEquals(resolver.questions.sort(), [
    "A lab.example.org application/dns-json",
    "AAAA lab.example.org application/dns-json",
  ]);
});

Deno.test("resolveOverHttps() remembers addresses for half a minute at most, and as long as they say", async () => {
  const clock = testClock();
  const TTL: Record<string, number> = {
    "long.example.org": 3600,
    "short.example.org": 5,
    "none.example.org": 0,
  };
  await using resolver = startResolver((name, type) => ({
    Status: 0,
    ...(type === "A" && { Answer: [{ name, type: 1, TTL: TTL[name], data: "192.0.2.1" }] }),
  }));
  const resolve = resolveOverHttps({ url: resolver.url, clock });
  const asked: number[] = [];
  for (const ms of [0, 4_999, 1, 24_999, 1]) {
    clock.advance(ms);
    for (const name of Object.keys(TTL)) assertEquals(await resolve(name, options), ["192.0.2.1"]);
    asked.push(resolver.questions.length / 2);
  }
  assertEquals(asked, [3, 4, 6, 8, 10]);
});

Deno.test("resolveOverHttps() rejects where an address may be missing", async () => {
  const answers: Record<string, Response | object> = {
    "failed.example.org": { Status: 2 },
    "refused.example.org": { Status: 5 },
    "odd.example.org": { Status: 0, Answer: [{ type: 1, data: 7 }] },
    "text.example.org": new Response("no JSON"),
    "error.example.org": new Response("", { status: 500 }),
    "elsewhere.example.org": Response.redirect("https://example.org/"),
  };
  await using resolver = startResolver((name, type) =>
    type === "A"
      ? { Status: 0, Answer: [{ name, type: 1, TTL: 60, data: "192.0.2.1" }] }
      : answers[name] ?? { Status: 3 }
  );
  const resolve = resolveOverHttps({ url: resolver.url });
  for (const name of Object.keys(answers)) {
    const { message } = await assertRejects(() => resolve(name, options));
    assert(!message.includes("example"), message);
  }
  assertEquals(await resolve("v4.example.org", options), ["192.0.2.1"]);
});

Deno.test("resolveOverHttps() ends with the signal", async () => {
  let answer = (_: object) => {};
  const answered = new Promise<object>((resolve) => answer = resolve);
  await using resolver = startResolver(() => answered);
  const resolve = resolveOverHttps({ url: resolver.url });
  const ending = new AbortController();
  const asked = resolve("lab.example.org", { signal: ending.signal });
  await until("both questions have come", () => resolver.questions.length === 2);
  ending.abort(new Error("over"));
  await assertRejects(() => asked, Error, "over");
  answer({ Status: 0 });
});
