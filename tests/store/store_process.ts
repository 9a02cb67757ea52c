/**
 * A process that shares a store with others: `<kind> <path> <name> <rounds> [turns]`. It prints a dot for each commit
 * that was acknowledged, so that it can be killed in the middle of the next one, and `done` at its end.
 *
 * @module
 */
import process from "node:process";
import { denoKvStore } from "../../edge/stores/deno_kv_store.ts";
import type { Store } from "../../src/store/store.ts";
import { runRound } from "./store_round.ts";

/** A store that is open. */
interface Opened {
  store: Store;
  /** How many bytes its largest commits have, about. */
  maxBytes: number;
  close?(): void;
}

/** How each kind of store is opened by its path. */
const KINDS: Readonly<Record<string, (path: string) => Promise<Opened>>> = {
  async kv(path) {
    const kv = await Deno.openKv(path);
    return { store: denoKvStore(kv), maxBytes: 1_500_000, close: () => kv.close() };
  },
};

async function main([kind = "", path = "", name = "", rounds = "0", mode]: string[]): Promise<void> {
  const open = KINDS[kind];
  if (!open) throw new Error(`Cannot open a store of the kind '${kind}'`);
  const { store, maxBytes, close } = await open(path);
  const onDone = () => void process.stdout.write(".");
  for (let round = 0; round < Number(rounds); round++) {
    await runRound(store, { name, round, maxBytes, hasTurns: mode === "turns", onDone });
  }
  process.stdout.write("done");
  close?.();
}

void main(process.argv.slice(2));
