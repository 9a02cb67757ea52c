/** The stores keep all promises in the runtimes that come from the registry: Bun, and each Node. */
import { assertEquals } from "@std/assert";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { storeCases } from "../store/store_suite.ts";
import { ROOT, run } from "../support/run.ts";

/** Each takes a `tsconfig.json` by its own option. */
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  "Bun": ["bun@1", "bun", "--tsconfig-override"],
  "Node 22": ["node@22", "node", "node_modules/tsx/dist/cli.mjs", "--tsconfig"],
  "Node 24": ["node@24", "node", "node_modules/tsx/dist/cli.mjs", "--tsconfig"],
};
const KINDS = ["memoryStore"];

for (const [name, [source = "", ...program]] of Object.entries(RUNTIMES)) {
  Deno.test(`the stores keep all promises in ${name}`, async () => {
    const directory = await mkdtemp(join(tmpdir(), "globus-stores-"));
    try {
      const config = join(directory, "tsconfig.json");
      const paths = { "@std/assert": [fileURLToPath(new URL("tests/support/assert.ts", ROOT))] };
      await writeFile(config, JSON.stringify({ compilerOptions: { paths } }));
      const args = ["--yes", "-p", source, ...program, config, "tests/store/run_store_suite.ts"];
      assertEquals(await run("npx", args), {
        code: 0,
        stdout: KINDS.map((kind) => `${kind}: ${storeCases.length} passed\n`).join(""),
        stderr: "",
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
}
