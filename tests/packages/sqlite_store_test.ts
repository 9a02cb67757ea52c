/** The shared suite of stores in the runtimes that come from the registry: Bun, and each Node that has SQLite. */
import { assertEquals, assertMatch } from "@std/assert";
import { runStoreSuite } from "../store/run_store_suite_on.ts";
import { storeCases } from "../store/store_suite.ts";
import { directories } from "../support/directories.ts";
import { run } from "../support/run.ts";

const TSX = "node_modules/tsx/dist/cli.mjs";
const RUNTIMES: readonly [name: string, args: readonly string[], configFlag: string][] = [
  ["Bun", ["bun@1", "bun"], "--tsconfig-override="],
  ["Node 22.13", ["node@22.13", "node", TSX], "--tsconfig="],
  ["Node 22", ["node@22", "node", TSX], "--tsconfig="],
  ["Node 24", ["node@24", "node", TSX], "--tsconfig="],
];

for (const [name, [source = "", ...program], configFlag] of RUNTIMES) {
  Deno.test(`${name} has stores that keep all promises`, async () => {
    const runIt = (args: readonly string[]) => run("npx", ["--yes", "-p", source, ...program, ...args]);
    assertEquals(await runStoreSuite(runIt, configFlag), {
      code: 0,
      stdout: `${storeCases.length * 3} cases passed\n`,
      stderr: "",
    });
  });
}

Deno.test("Node 20 is told which Node a store in SQLite needs", async () => {
  await using made = await directories();
  const code = `
    const { sqliteStore } = require("./src/store/sqlite_store.ts");
    sqliteStore(${
    JSON.stringify(`${made.path}/store.sqlite`)
  }).get("a").catch((error) => console.log(error.message));`;
  const { stdout } = await run("npx", ["--yes", "-p", "node@20", "node", TSX, "-e", code]);
  assertMatch(
    stdout,
    /^Cannot read from the SQLite file '.+': it needs Node 22\.13 or newer, and this is Node 20\.\d+\.\d+\n$/,
  );
});
