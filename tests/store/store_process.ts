/**
 * A process that shares a store with others: `<kind> <path> <name> <rounds> [claims]`. It prints a dot for each thing
 * done, so that it can be killed in the middle of one, and `done` at its end.
 *
 * @module
 */
import process from "node:process";
import { denoKvStore } from "../../edge/stores/deno_kv_store.ts";
import { fileStore } from "../../src/store/file_store.ts";
import { runRound } from "./store_round.ts";

async function main([kind, path = "", name = "", rounds = "0", mode]: string[]): Promise<void> {
  const kv = kind === "kv" ? await Deno.openKv(path) : undefined;
  const store = kv ? denoKvStore(kv) : fileStore(path);
  const maxLength = kv ? 1_500_000 : 200_000;
  const onDone = () => void process.stdout.write(".");
  for (let round = 0; round < Number(rounds); round++) {
    await runRound(store, { name, round, maxLength, hasClaims: mode === "claims", onDone });
  }
  process.stdout.write("done");
  kv?.close();
}

void main(process.argv.slice(2));
