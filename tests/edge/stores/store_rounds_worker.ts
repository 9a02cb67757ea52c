/** Run by workerd: rounds of writes on the store of one Durable Object, in the middle of which it may be killed. */
import { put, remove } from "../../../src/store/writes.ts";
import {
  type DurableObjectStorageLike,
  durableObjectStore,
} from "../../../edge/stores/durable_object_store.ts";
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
      await runRound(store, { name, round: Number(searchParams.get("round")), maxLength: 5_000_000 });
      return new Response();
    }
    if (pathname === "/check") return Response.json(await checkAfterCrash(store, await request.json()));
    if (pathname === "/expiry") {
      let nowMs = 1_790_000_000_000;
      const store = durableObjectStore(this.#storage, { clock: { nowMs: () => nowMs } });
      const counts: number[][] = [];
      for (let i = 0; i < 20; i++) await put(store, `${i}`, "x".repeat(3_000_000), { expiresInMs: 1000 });
      counts.push(this.#counts());
      nowMs += 1000;
      for (let i = 0; i < 12; i++) {
        await put(store, "kept", `${i}`);
        counts.push(this.#counts());
      }
      await remove(store, "kept");
      counts.push(this.#counts());
      return Response.json(counts);
    }
    return new Response(undefined, { status: 404 });
  }

  #counts(): number[] {
    return ["globus_entry", "globus_piece"].map((table) => {
      const [row] = this.#storage.sql.exec(`select count(*) as count from ${table}`).toArray();
      return row?.count as number;
    });
  }
}

export default {
  fetch: (request: Request, { STORE }: Env): Promise<Response> =>
    STORE.get(STORE.idFromName(new URL(request.url).hostname)).fetch(request),
};
