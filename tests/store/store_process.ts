/**
 * A process that shares a store with others: `<kind> <path> <name> <rounds> [turns|increments]`. It prints a dot for each commit
 * that was acknowledged, so that it can be killed in the middle of the next one, and `done` at its end.
 *
 * @module
 */
import process from "node:process";
import { denoKvStore } from "../../edge/stores/deno_kv_store.ts";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import type { Store } from "../../src/store/store.ts";
import { increment } from "./counter.ts";
import { runRound } from "./store_round.ts";

/** A store that is open. */
interface Opened {
  store: Store;
  /** How many bytes its largest commits have, about. */
  maxBytes: number;
  close?(): void | Promise<void>;
}

/** How each kind of store is opened by its path. */
const KINDS: Readonly<Record<string, (path: string) => Promise<Opened>>> = {
  sqlite(path) {
    const store = sqliteStore(path);
    return Promise.resolve({ store, maxBytes: 1_500_000, close: store.close });
  },
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
    if (mode === "increments") {
      await increment(store, "increments");
      onDone();
    } else await runRound(store, { name, round, maxBytes, hasTurns: mode === "turns", onDone });
  }
  process.stdout.write("done");
  await close?.();
}

void main(process.argv.slice(2));
