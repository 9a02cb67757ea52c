/** Run by workerd: rounds of commits on the store of one Durable Object, in the middle of which it may be killed. */
import {
  type DurableObjectStorageLike,
  durableObjectStore,
} from "../../../edge/stores/durable_object_store.ts";
import type { Store } from "../../../src/store/store.ts";
import { put } from "../../../src/store/writes.ts";
import { checkAfterCrash, runRound } from "../../store/store_round.ts";

interface Env {
  STORE: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

/** Has the store. */
export class Rounds {
  readonly #storage: DurableObjectStorageLike;

  constructor({ storage }: { storage: DurableObjectStorageLike }) {
    this.#storage = storage;
  }

  async fetch(request: Request): Promise<Response> {
    const store = durableObjectStore(this.#storage);
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/round") {
      const name = searchParams.get("name") as string;
      await runRound(store, { name, round: Number(searchParams.get("round")), maxBytes: 7_000_000 });
      return new Response();
    }
    if (pathname === "/check") return Response.json(await checkAfterCrash(store, await request.json()));
    if (pathname === "/expiry") return Response.json(await this.#expire());
    if (pathname === "/failing") return Response.json(await this.#fail());
    if (pathname === "/seen") return Response.json(await this.#see());
    return new Response(undefined, { status: 404 });
  }

  /** Has 20 values expire, and commits; gives how many values there are, and rows, after each commit. */
  async #expire(): Promise<number[][]> {
    let nowMs = 1_790_000_000_000;
    const store = durableObjectStore(this.#storage, { clock: { nowMs: () => nowMs } });
    for (let i = 0; i < 20; i++) await put(store, `${i}`, "x".repeat(1_500_000), { expiresInMs: 1000 });
    const counts = [this.#counts()];
    nowMs += 1000;
    for (const keys of [["a"], ["a"], ["a", "b", "c"], ["a"], ["a", "b", "c"], ["a"], ["a"]]) {
      await store.commit(keys.map((key) => ({ key, value: "1" })));
      counts.push(this.#counts());
    }
    return counts;
  }

  /** Sees in each way that 10 values have expired; gives how many rows are left then, and what is there an hour before. */
  async #see(): Promise<Record<string, unknown>> {
    let nowMs = 1_790_000_000_000;
    const store = durableObjectStore(this.#storage, { clock: { nowMs: () => nowMs } });
    const keys = Array.from({ length: 10 }, (_, i) => `${i}`);
    const ways: Record<string, () => Promise<unknown>> = {
      get: () => Promise.all(keys.map((key) => store.get(key))),
      getMany: () => store.getMany(keys),
      list: () => store.list(""),
      commit: () => Promise.all(keys.map((key) => store.commit([{ key, expected: "" }]))),
    };
    const seen: Record<string, unknown> = {};
    for (const [way, see] of Object.entries(ways)) {
      const value = "x".repeat(600_000);
      await store.commit(keys.map((key) => ({ key, value, expiresInMs: 1000 })));
      nowMs += 1000;
      await see();
      const [, rows] = this.#counts();
      nowMs -= 1000;
      seen[way] = [rows, (await store.getMany(keys)).filter((value) => value !== undefined).length];
    }
    return seen;
  }

  /** Has each statement of a commit fail in turn; gives what stands after each time, and at last after none has failed. */
  async #fail(): Promise<(string | undefined)[]> {
    const store = durableObjectStore(this.#storage);
    const commit = (store: Store, letter: string) =>
      store.commit(["a", "b", "c"].map((key) => ({ key, value: letter.repeat(1_200_000) })));
    await commit(store, "x");
    const standing: (string | undefined)[] = [];
    for (let failing = 1;; failing++) {
      let statements = 0;
      let isCommitting = false;
      const failingStore = durableObjectStore({
        sql: {
          exec: (...statement) => {
            if (isCommitting && ++statements === failing) throw new Error("database or disk is full");
            return this.#storage.sql.exec(...statement);
          },
        },
        transactionSync: (work) => this.#storage.transactionSync(work),
      });
      isCommitting = true;
      const isMade = await commit(failingStore, "y").catch(() => false);
      const values = await store.getMany(["a", "b", "c"]);
      standing.push(values.map((value) => `${value?.[0]}${value?.length}`).join(" "));
      if (isMade) return standing;
    }
  }

  #counts(): number[] {
    const [row] = this.#storage.sql.exec(
      "select count(distinct key) as keys, count(*) as all_rows from globus_store_2",
    ).toArray();
    return [row?.keys as number, row?.all_rows as number];
  }
}

export default {
  fetch: (request: Request, { STORE }: Env): Promise<Response> =>
    STORE.get(STORE.idFromName(new URL(request.url).hostname)).fetch(request),
};
