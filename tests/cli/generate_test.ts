/**
 * `generate` writes the types that the client itself has, from a file and from a URL, and shows no secret
 * of an address.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { ROOT } from "../support/run.ts";
import { callCli } from "./call_cli.ts";
import { environment, workspace } from "./cli_process.ts";

const DOCUMENT = fileURLToPath(new URL("openapi/compute.yaml", ROOT));

Deno.test("generate makes the types that the client has, from a file and from a URL", async () => {
  await using place = await workspace();
  const env = environment(place.path);
  const out = place.file("deep/types");
  const { code, stdout } = await callCli(["generate", DOCUMENT, "--out", out], { env });
  assertEquals([code, stdout], [0, `Wrote ${out}/compute.ts\n`]);
  const [header, ...lines] = (await Deno.readTextFile(`${out}/compute.ts`)).split("\n");
  assertEquals(header, `// Made from ${DOCUMENT}. Do not edit.`);
  const own = (await Deno.readTextFile(new URL("gen/compute.ts", ROOT))).split("\n").slice(1);
  assertEquals(lines, own);

  const text = await Deno.readTextFile(DOCUMENT);
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) =>
      new URL(request.url).pathname === "/openapi.json"
        ? new Response(text)
        : new Response("", { status: 404 }),
  );
  const baseUrl = `http://127.0.0.1:${server.addr.port}`;
  const service = await callCli(["generate", "--out", place.file("b"), "--base-url", baseUrl, "--json"], {
    env,
  });
  assertEquals(JSON.parse(service.stdout), {
    source: `${baseUrl}/openapi.json`,
    file: place.file("b/compute.ts"),
  });
  assertEquals((await place.read("b/compute.ts")).split("\n").slice(1), own);
  const missing = await callCli(["generate", `${baseUrl}/none`, "--out", place.path], { env });
  assertEquals(missing.code, 4);
  assertStringIncludes(missing.stderr, "the server answered 404");
  const asked = await callCli(["generate", `${baseUrl}/openapi.json?token=top-secret`, "--out", out], {
    env,
  });
  assertEquals(asked.code, 0);
  assertEquals(
    (await Deno.readTextFile(`${out}/compute.ts`)).split("\n")[0],
    `// Made from ${baseUrl}/openapi.json. Do not edit.`,
  );
  const named = await callCli(["generate", "http://me:top-secret@127.0.0.1/x", "--out", out, "--json"], {
    env,
  });
  assertEquals(named.code, 2);
  assert(![asked, named].some(({ stdout, stderr }) => (stdout + stderr).includes("top-secret")));
});

Deno.test("generate says in a line what it cannot use, and writes nothing", async () => {
  await using place = await workspace();
  const env = environment(place.path);
  await place.write("taken", "");
  const cases: [source: string, out: string, message: RegExp][] = [
    [place.file("none.yaml"), "a", /^Cannot read '.*none\.yaml': there is no such file or directory\n$/],
    [await place.write("a.yaml", "a: [\n"), "a", /^Cannot use '.*a\.yaml': it is neither YAML nor JSON \(/],
    [
      await place.write("b.json", '{"swagger": "2.0"}'),
      "a",
      /^Cannot use '.*b\.json': it is no OpenAPI 3 document\n$/,
    ],
    [DOCUMENT, "taken", /^Cannot write '.*taken\/compute\.ts': /],
  ];
  for (const [source, out, message] of cases) {
    const { code, stdout, stderr } = await callCli(["generate", source, "--out", place.file(out)], { env });
    assertMatch(stderr, message);
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [2, "", 1], stderr);
  }
  assertEquals([...Deno.readDirSync(place.path)].map(({ name }) => name).sort(), [
    "a.yaml",
    "b.json",
    "taken",
  ]);
});
