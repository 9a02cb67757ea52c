/** Run by workerd: the shared suite on the stores that are there, each case of the Durable Object in a fresh one. */
import {
  type DurableObjectStorageLike,
  durableObjectStore,
} from "../../../edge/stores/durable_object_store.ts";
import { rotatingStores } from "./encrypted_stores.ts";
import { memoryStores } from "../../store/memory_stores.ts";
import { type StoreKind, testClock } from "../../store/store_case.ts";
import { storeCases } from "../../store/store_suite.ts";

interface Stub {
  fetch(url: string): Promise<Response>;
}

interface Env {
  STORES: { idFromName(name: string): unknown; get(id: unknown): Stub };
}

/** What came of a case. */
export interface CaseOutcome {
  name: string;
  error?: string;
}

/** Runs one case in a Durable Object. */
export class Stores {
  #kind: StoreKind;

  constructor({ storage }: { storage: DurableObjectStorageLike & { deleteAll(): Promise<void> } }) {
    const clock = testClock();
    const reopen = () => Promise.resolve(durableObjectStore(storage, { clock }));
    const open = async () => {
      await storage.deleteAll();
      return { store: await reopen(), reopen, close: () => Promise.resolve() };
    };
    this.#kind = { name: "durableObjectStore", clock, open };
  }

  async fetch(request: Request): Promise<Response> {
    return Response.json(await outcomeOf(Number(new URL(request.url).pathname.slice(1)), this.#kind));
  }
}

async function outcomeOf(index: number, kind: StoreKind): Promise<CaseOutcome> {
  const { name, run } = storeCases[index] as (typeof storeCases)[number];
  try {
    await run(kind);
    return { name: `${kind.name}() ${name}` };
  } catch (error) {
    return {
      name: `${kind.name}() ${name}`,
      error: error instanceof Error ? `${error.stack}` : String(error),
    };
  }
}

export default {
  async fetch(_request: Request, { STORES }: Env): Promise<Response> {
    const outcomes: CaseOutcome[] = [];
    for (const index of storeCases.keys()) {
      outcomes.push(await outcomeOf(index, memoryStores()));
      const response = await STORES.get(STORES.idFromName(`${index}`)).fetch(`http://store/${index}`);
      outcomes.push(await response.json() as CaseOutcome);
      outcomes.push(await outcomeOf(index, rotatingStores(memoryStores())));
    }
    return Response.json(outcomes);
  },
};
