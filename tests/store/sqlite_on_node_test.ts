/** sqliteStore() keeps all promises on Node, whose notice that SQLite is experimental does not reach the terminal. */
import { assertEquals } from "@std/assert";
import { runOnNode } from "../support/run.ts";
import { directories } from "../support/directories.ts";
import { runStoreSuite } from "./run_store_suite_on.ts";
import { storeCases } from "./store_suite.ts";

Deno.test("sqliteStore(), memoryStore() and an encrypted store keep all promises on Node", async () => {
  assertEquals(await runStoreSuite(runOnNode), {
    code: 0,
    stdout: `${storeCases.length * 3} cases passed\n`,
    stderr: "",
  });
});

Deno.test("sqliteStore() holds back one notice of Node, and no warning of anyone else", async () => {
  await using made = await directories();
  const code = `
    const { sqliteStore } = require("./src/store/sqlite_store.ts");
    const store = sqliteStore(${JSON.stringify(`${made.path}/store.sqlite`)});
    process.on("warning", ({ name, message }) => console.log(name + ": " + message));
    const emit = process.emitWarning;
    store.commit([{ key: "a", value: "1" }]).then(async () => {
      console.log(process.emitWarning === emit, await store.get("a"));
      process.emitWarning("a test of SQLite", "ExperimentalWarning");
    });`;
  const { stdout, stderr } = await runOnNode(["--no-warnings", "-e", code]);
  assertEquals([stdout, stderr], ["true 1\nExperimentalWarning: a test of SQLite\n", ""]);
});
