import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { ROOT, run, runOnDeno } from "../support/run.ts";

Deno.test("check_imports fails on each import that points the wrong way", async () => {
  const path = await Deno.makeTempDir({ prefix: "globus-imports-" });
  try {
    await Deno.mkdir(`${path}/scripts`);
    for (const part of ["mod.ts", "src", "edge", "gen", "scripts/check_imports.ts", "deno.json"]) {
      await run("cp", ["-r", fileURLToPath(new URL(part, ROOT)), `${path}/${part}`]);
    }
    const clean = await runOnDeno(["scripts/check_imports.ts"], path);
    assertMatch(clean.stdout, /^\d+ modules, 0 imports in a wrong direction\n$/);
    const wrong: [file: string, code: string, message: string][] = [
      [
        "src/wire/narrow.ts",
        'import "../http/send.ts";\n',
        "src/wire/narrow.ts: it may not import ../http/send.ts",
      ],
      [
        "mod.ts",
        'export { startLocalService } from "./src/local/mod.ts";\n',
        "mod.ts: it may not import ./src/local/mod.ts",
      ],
      [
        "src/tasks/run_task.ts",
        'import { Hono } from "hono";\n',
        "src/tasks/run_task.ts: it may not import hono",
      ],
      ["src/http/send.ts", 'export * from "node:fs";\n', "src/http/send.ts: it may not import node:fs"],
      [
        "src/tasks/get_task.ts",
        'import type { paths } from "../../gen/compute.ts";\n',
        "it may not import ../../gen/compute.ts",
      ],
      ["src/auth/access_token.ts", "Deno.env.get('X');\n", "src/auth/access_token.ts: it may not use Deno"],
      [
        "src/errors/http_error.ts",
        'const x = await import("../version.ts");\n',
        "it may not import ../version.ts",
      ],
      [
        "src/local/guard.ts",
        'import "../http/send.ts";\n',
        "src/local/guard.ts: it may not import ../http/send.ts",
      ],
      [
        "edge/problem.ts",
        'import "../src/http/send.ts";\n',
        "edge/problem.ts: it may not import ../src/http/send.ts",
      ],
      ["edge/handler.ts", 'import "node:fs";\n', "edge/handler.ts: it may not import node:fs"],
      ["src/new/thing.ts", "", "src/new/thing.ts: it is in no zone"],
    ];
    await Deno.mkdir(`${path}/src/new`);
    for (const [file, code] of wrong) await Deno.writeTextFile(`${path}/${file}`, code, { append: true });
    const { code, stderr, stdout } = await runOnDeno(["scripts/check_imports.ts"], path);
    for (const [, , message] of wrong) assertStringIncludes(stderr, message);
    assertMatch(stdout, new RegExp(`, ${wrong.length} imports in a wrong direction\\n$`));
    assertEquals(code, 1);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});
