/** Runs the shared suite on the stores of Node, where there is no `Deno.test`. */
import process from "node:process";
import { memoryStore } from "../../src/store/memory_store.ts";
import { fileStores } from "./file_store_support.ts";
import { type StoreKind, testClock } from "./store_case.ts";
import { storeCases } from "./store_suite.ts";

async function main(): Promise<void> {
  const files = await fileStores();
  const clock = testClock();
  const memory: StoreKind = {
    name: "memoryStore",
    clock,
    open: () => Promise.resolve({ store: memoryStore({ clock }), close: () => Promise.resolve() }),
  };
  let passed = 0;
  for (const kind of [files, memory]) {
    for (const { name, run } of storeCases) {
      try {
        await run(kind);
        passed++;
      } catch (error) {
        process.stderr.write(`${kind.name}() ${name}: ${error instanceof Error ? error.stack : error}\n`);
        process.exitCode = 1;
      }
    }
  }
  await files[Symbol.asyncDispose]();
  process.stdout.write(`${passed} cases passed\n`);
}

void main();
