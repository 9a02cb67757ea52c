/** A process that runs a handler over a SQLite file, and kills itself right before, or right after, its n-th commit. */
import { sqliteStore } from "../../../src/store/sqlite_store.ts";
import type { Store } from "../../../mod.ts";
import { runHandler, type RunSettings } from "./run_handler.ts";

/** Where the process ends: with which of its commits, counted from 1. */
export interface Death {
  commit: number;
  isMade: boolean;
}

/** What the process is told. */
export interface KilledSettings extends RunSettings {
  death: Death;
}

const settings: KilledSettings = JSON.parse(Deno.args[0] ?? "");
await using store = sqliteStore(settings.storeFile);
await runHandler(settings, killing(store, settings.death), (answer) => {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(answer)));
});

function killing(store: Store, { commit, isMade }: Death): Store {
  let commits = 0;
  const kill = () => Deno.kill(Deno.pid, "SIGKILL");
  return {
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    list: (prefix, options) => store.list(prefix, options),
    async commit(changes) {
      const isLast = ++commits === commit;
      if (isLast && !isMade) kill();
      const isTaken = await store.commit(changes);
      if (isLast) kill();
      return isTaken;
    },
  };
}
