/** `deno task serve` names what is wrong with its settings in one line, on Deno and on Node, and describes itself. */
import { assertEquals } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { directories } from "../../support/directories.ts";
import { run, runOnDeno, runOnNode } from "../../support/run.ts";

const SCRIPT = "scripts/serve.ts";

Deno.test("serve tells what is missing in one line, and ends", async () => {
  await using made = await directories();
  const file = join(made.path, "hooks.ts");
  await writeFile(file, "export const hooks = {};\n");
  const broken = join(made.path, "broken.ts");
  await writeFile(broken, "export function createHooks( {\n");
  const cases: [args: string[], expected: RegExp][] = [
    [[], /^Cannot start: EDGE_BASE_URL is not set; EDGE_LINK_SECRETS is not set; [^\n]+\n$/],
    [
      ["--hooks", file],
      /^Cannot start: the hooks file '[^']+hooks\.ts' exports no function 'createHooks'\n$/,
    ],
    [
      ["--hooks", join(made.path, "none.ts")],
      /^Cannot start: the hooks file '[^']+none\.ts' cannot be loaded: [^\n]+\n$/,
    ],
    [["--hooks", broken], /^Cannot start: the hooks file '[^']+broken\.ts' cannot be loaded: [^\n]+\n$/],
    [["--port", "70000"], /^Cannot use '--port 70000'[^\n]+\n$/],
    [["--unknown"], /^Unknown option '--unknown'[^\n]*\n$/],
  ];
  for (const [args, expected] of cases) {
    await Promise.all([runOnDeno, runOnNode].map(async (runtime) => {
      const { code, stdout, stderr } = await runtime([SCRIPT, ...args]);
      assertEquals([code, stdout, expected.test(stderr)], [1, "", true], `${args}: ${stderr}`);
    }));
  }
});

Deno.test("serve describes itself", async () => {
  const { code, stdout } = await run(Deno.execPath(), ["task", "--quiet", "serve", "--help"]);
  assertEquals(code, 0);
  for (const option of ["--hooks", "--port", "--host", "--store"]) {
    assertEquals(stdout.includes(option), true, option);
  }
});
