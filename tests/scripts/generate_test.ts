/**
 * `scripts/generate.ts` makes `gen/` from its sources, tells what differs, and refuses a document that the
 * client cannot work with.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { ROOT, run, runOnDeno, runOnNode } from "../support/run.ts";

const PARTS = ["deno.json", "deno.lock", "mod.ts", "src", "edge", "gen", "openapi", "scripts"];

/** A copy of the project in which `gen/` may be written. */
async function copyOfProject(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "globus-generate-" });
  for (const part of PARTS) await run("cp", ["-r", fileURLToPath(new URL(part, ROOT)), `${path}/${part}`]);
  await Deno.symlink(fileURLToPath(new URL("node_modules", ROOT)), `${path}/node_modules`);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** The document as a server may write it that says as little as it can: no prose, no tighter types. */
async function bareDocument(): Promise<string> {
  const document = parse(await Deno.readTextFile(new URL("openapi/compute.yaml", ROOT)));
  return stringify(strip(document), { aliasDuplicateObjects: false });
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value)
    .filter(([key, item]) =>
      !(/^(summary|examples?|format|enum|const|minimum|pattern)$/.test(key) && isAnnotation(key, item))
    )
    .map(([key, item]) => [key, key === "type" && item === "integer" ? "number" : strip(item)]);
  return Object.fromEntries(kept);
}

/** A property may have one of these names too: then a schema stands under it. */
function isAnnotation(key: string, item: unknown): boolean {
  return key === "examples" || key === "example" || typeof item !== "object" || Array.isArray(item);
}

Deno.test("generate --check passes on Deno and on Node", async () => {
  for (const runIt of [runOnDeno, runOnNode]) {
    const { code, stderr } = await runIt(["scripts/generate.ts", "--check"]);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
  }
});

Deno.test("generate drops the headers that are not the caller's to send", async () => {
  const types = await Deno.readTextFile(new URL("gen/compute.ts", ROOT));
  assertEquals(/"?(user-agent|content-length)"?\??:/i.exec(types), null);
  assertStringIncludes(types, '"x-forwarded-for"?: string');
});

Deno.test("generate --check names what differs and how to mend it", async () => {
  await using copy = await copyOfProject();
  const files = ["compute", "worker", "edge_page", "edge_openapi"].map((name) => `gen/${name}.ts`);
  const asMade = new Map<string, string>();
  // From the last one to the first, as a check tells of the first that differs.
  for (const file of files.toReversed()) {
    asMade.set(file, await Deno.readTextFile(`${copy.path}/${file}`));
    await Deno.writeTextFile(`${copy.path}/${file}`, "// by hand\n", { append: true });
    const { code, stderr } = await runOnDeno(["scripts/generate.ts", "--check"], copy.path);
    assertEquals(code, 1);
    assertEquals(stderr, `${file} differs from its source: run 'deno task generate' and commit it\n`);
  }
  const { code, stdout } = await runOnDeno(["scripts/generate.ts"], copy.path);
  assertEquals([code, stdout], [0, files.map((file) => `wrote ${file}\n`).join("")]);
  for (const [file, text] of asMade) assertEquals(await Deno.readTextFile(`${copy.path}/${file}`), text);
});

Deno.test("generate refuses a document that cannot serve in one line, and leaves gen/ as it was", async () => {
  await using copy = await copyOfProject();
  const before = await Deno.readTextFile(`${copy.path}/gen/compute.ts`);
  const write = async (name: string, text: string) => {
    await Deno.writeTextFile(`${copy.path}/${name}`, text);
    return name;
  };
  const valid = await bareDocument();
  const cases: [args: string[], message: RegExp][] = [
    [["missing.yaml"], /^Cannot read 'missing.yaml': ENOENT/],
    [["http://127.0.0.1:9/openapi.json"], /^Cannot read 'http:\/\/127.0.0.1:9\/openapi.json': /],
    [[await write("prose.txt", "{ no: [document")], /^Cannot use 'prose.txt': it is neither YAML nor JSON/],
    [[await write("old.yaml", "swagger: '2.0'")], /^Cannot use 'old.yaml': it is no OpenAPI 3 document/],
    [[await write("list.json", "[]")], /^Cannot use 'list.json': it is no OpenAPI 3 document/],
    [
      [await write("other.yaml", valid.replaceAll("/v2/batch_status", "/v2/other"))],
      /^Cannot use 'other.yaml': it lacks routes that the client calls: POST \/v2\/batch_status\n$/,
    ],
    [
      [await write("broken.yaml", valid.replaceAll("schemas/BatchStatusRequest", "schemas/Nowhere"))],
      /^Cannot use 'broken.yaml': /,
    ],
    [["a.yaml", "b.yaml"], /^Unknown argument 'b.yaml'/],
    [["--chek"], /^Unknown argument '--chek'/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await runOnDeno(["scripts/generate.ts", ...args], copy.path);
    assertMatch(stderr, message);
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [1, "", 1], stderr);
  }
  assertEquals(await Deno.readTextFile(`${copy.path}/gen/compute.ts`), before);
});

Deno.test("generate takes a URL, and the client compiles against a document that says less", async () => {
  await using copy = await copyOfProject();
  const document = await bareDocument();
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response(document),
  );
  const { code, stderr } = await runOnDeno(
    ["scripts/generate.ts", `http://127.0.0.1:${server.addr.port}/openapi.yaml`],
    copy.path,
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const types = await Deno.readTextFile(`${copy.path}/gen/compute.ts`);
  assert(types !== await Deno.readTextFile(new URL("gen/compute.ts", ROOT)));
  const check = await run(Deno.execPath(), ["check", "--quiet", "mod.ts"], copy.path);
  assertEquals({ code: check.code, stderr: check.stderr }, { code: 0, stderr: "" });
});

Deno.test("generate asks for each route that the client calls, and for no other", async () => {
  const script = await Deno.readTextFile(new URL("scripts/generate.ts", ROOT));
  const asked = [...script.matchAll(/\["(get|post|put|delete)", "(\/v\d[^"]+)"\]/g)].map(([, method, path]) =>
    `${method?.toUpperCase()} ${path}`
  );
  const called: string[] = [];
  for (const folder of ["auth", "endpoints", "functions", "tasks"]) {
    const { stdout } = await run("sh", ["-c", `cat src/${folder}/*.ts 2>/dev/null || true`]);
    called.push(
      ...[...stdout.matchAll(/api\.(GET|POST|PUT|DELETE)\(\s*"([^"]+)"/g)].map(([, m, p]) => `${m} ${p}`),
    );
  }
  assertEquals([...new Set(called)].sort(), asked.sort());
});
