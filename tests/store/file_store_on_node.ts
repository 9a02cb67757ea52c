/** Runs the shared suite on a file store where there is no `Deno.test`. */
import process from "node:process";
import { fileStores } from "./file_store_support.ts";
import { storeCases } from "./store_suite.ts";

async function main(): Promise<void> {
  const kind = await fileStores();
  let passed = 0;
  for (const { name, run } of storeCases) {
    try {
      await run(kind);
      passed++;
    } catch (error) {
      process.stderr.write(`${name}: ${error instanceof Error ? error.stack : error}\n`);
      process.exitCode = 1;
    }
  }
  await kind[Symbol.asyncDispose]();
  process.stdout.write(`${passed} cases passed\n`);
}

void main();
