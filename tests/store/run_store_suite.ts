/** Runs the shared suite on the stores of Node and Bun, where there is no `Deno.test`. */
import process from "node:process";
import { rotatingStores } from "../edge/stores/encrypted_stores.ts";
import { memoryStores } from "./memory_stores.ts";
import { sqliteStores } from "./sqlite_stores.ts";
import type { StoreKind } from "./store_case.ts";
import { storeCases } from "./store_suite.ts";

/** The kinds that run there, each disposed of at the end if there is anything to dispose of. */
const KINDS: readonly (() => Promise<StoreKind & Partial<AsyncDisposable>>)[] = [
  () => Promise.resolve(memoryStores()),
  sqliteStores,
  () => Promise.resolve(rotatingStores(memoryStores())),
];

async function main(): Promise<void> {
  let passed = 0;
  for (const make of KINDS) {
    const kind = await make();
    for (const { name, run } of storeCases) {
      try {
        await run(kind);
        passed++;
      } catch (error) {
        process.stderr.write(`${kind.name}() ${name}: ${error instanceof Error ? error.stack : error}\n`);
        process.exitCode = 1;
      }
    }
    await kind[Symbol.asyncDispose]?.();
  }
  process.stdout.write(`${passed} cases passed\n`);
}

void main();
