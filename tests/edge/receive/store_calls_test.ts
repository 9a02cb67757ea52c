import { assertEquals } from "@std/assert";
import { memoryStore, type Store } from "../../../mod.ts";
import { type EdgeSetUp, setUpEdge, told } from "../edge_helpers.ts";
import { GITHUB } from "../verify/schemes.ts";

/** The same store, which notes what it is asked, in the words of the layout: `edge/batch/<id>` is `batch`. */
function noting(store: Store): { store: Store; calls: string[] } {
  const calls: string[] = [];
  const note = (what: string, key: string) =>
    void calls.push(`${what} ${/^(?:edge\/)?(\w+)\//.exec(key)?.[1]}`);
  return {
    calls,
    store: {
      get: (key) => (note("get", key), store.get(key)),
      put: (key, ...rest) => (note("put", key), store.put(key, ...rest)),
      delete: (key) => (note("delete", key), store.delete(key)),
      list: (prefix) => store.list(prefix),
      compareAndSet: (key, ...rest) => (note("set", key), store.compareAndSet(key, ...rest)),
    },
  };
}

/** Each is a way to a database: what was written a moment ago is not read again. */
const CALLS = [
  "set sent", // What is to be sent, then its batch, then the lists.
  "set batch",
  "put open",
  "put recent",
  "set batch", // The lease of the submission.
  "get call",
  "set call", // It is on its way.
  "set call", // It was taken.
  "get batch", // It is still ours.
  "set tasks",
  "set batch",
];

const SENDERS: Record<string, { setUp: EdgeSetUp; claim: string[]; again: string[]; answered: string }> = {
  "that signs its ids": {
    setUp: {},
    claim: ["set delivery"],
    again: ["set delivery", "get delivery"],
    answered: "set delivery",
  },
  "that signs no ids": {
    setUp: { scheme: GITHUB },
    claim: ["set body", "set delivery"],
    again: ["set body", "get body", "get delivery"],
    answered: "set body",
  },
};

for (const [sender, { setUp, claim, again, answered }] of Object.entries(SENDERS)) {
  Deno.test(`a delivery of a sender ${sender} asks of the store what it must, in its order`, async () => {
    const { store, calls } = noting(memoryStore());
    await using edge = await setUpEdge({ ...setUp, store });
    assertEquals((await told(await edge.handler(edge.request()))).status, 202);
    assertEquals(calls.splice(0), [...claim, ...CALLS, answered]);
    assertEquals((await edge.handler(edge.request())).headers.get("idempotent-replayed"), "true");
    assertEquals(calls, again);
  });
}
