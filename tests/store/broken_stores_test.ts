/** The shared suite notices a store that breaks one of its promises, and a caller who does not read after a failure. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { memoryStore } from "../../src/store/memory_store.ts";
import { brokenConnection } from "./broken_connection.ts";
import { brokenStores, type Fault } from "./broken_stores.ts";
import { increment } from "./counter.ts";
import { seeded } from "./seeded.ts";
import type { StoreCase } from "./store_case.ts";
import { storeCases } from "./store_suite.ts";

const MAP = "does as a map does, whatever it is asked";
const LINEARIZABLE = "is linearizable, with commits of several keys and values of any size";
const WHOLE = "shows each commit of 64 changes whole or not at all";
const SKEW = "lets one win of two commits that each check what the other one writes";
const ODD_KEYS = "keeps odd keys apart, and has them in the order of their bytes";
const LIMITS = "refuses what is too large or of the wrong kind, and writes nothing of it";

/** The cases that notice each fault, of those that do. */
const NOTICED: Readonly<Record<Fault, readonly string[]>> = {
  "shows a part of a commit": [WHOLE, "keeps the sum of what is moved from key to key"],
  "keeps a part of a commit that is not made": [
    MAP,
    LINEARIZABLE,
    "makes a commit of 64 changes, or none of it",
  ],
  "locks what it writes, and not what it checks": [LINEARIZABLE, SKEW],
  "checks before it locks": [
    LINEARIZABLE,
    SKEW,
    "loses no increment of counters, one or several at a time",
    "counts each attempt once for callers who read after a failure",
  ],
  "reads keys one after the other": [LINEARIZABLE, WHOLE],
  "answers before it has written": [LINEARIZABLE, "keeps what was last written of many writes at once"],
  "forgets to look at the expiry of what is expected": [MAP, "expects nothing where a value has expired"],
  "lists what has expired": [MAP, "has no value any more once it has expired"],
  "limits a list before it drops what has expired": [
    "fills a list with what stands, however much has expired",
  ],
  "removes only what has not expired": [
    MAP,
    "has nothing where a value was removed, also when the clock is set back",
  ],
  "keeps an old expiry": [MAP, "ends an expiry with the value that had it"],
  "lists in the order of writes": [MAP, "lists by prefix, after a key, and so many"],
  "lists from the key itself": [MAP, "lists 1,000 keys at most, and goes on after the last of them"],
  "takes '_' of a prefix for any character": [ODD_KEYS],
  "takes keys of another case for the same": [MAP, ODD_KEYS],
  "takes keys for the same that begin alike": [ODD_KEYS],
  "drops a mark at the beginning of a value": ["keeps each value as it is"],
  "takes an empty value for nothing": [MAP, "makes one change in each form by what stands there"],
  "measures UTF-16 units": [LIMITS],
  "throws at once": [LIMITS],
  "takes what no type lets through": [LIMITS],
};

for (const { name, run } of storeCases) {
  Deno.test(`a map behind a lock ${name}`, () => run(brokenStores()));
}

for (const [fault, names] of Object.entries(NOTICED)) {
  Deno.test(`the suite notices a store that ${fault}`, async () => {
    for (const name of names) {
      const { run } = storeCases.find((it) => it.name === name) as StoreCase;
      await assertRejects(() => run(brokenStores(fault as Fault)), Error);
    }
  });
}

Deno.test("a caller who goes on after a failure, and does not read, counts twice", async () => {
  const store = memoryStore();
  const connection = brokenConnection(store, seeded(1));
  const total = 30;
  for (let n = 0; n < total; n++) {
    for (let isCounted = false; !isCounted;) {
      isCounted = await increment(connection.store, "counter").then(() => true, () => false);
    }
  }
  await connection.settled();
  const count = Number(await store.get("counter"));
  assert(count > total, `${count} of ${total}`);
});

Deno.test("a connection that breaks makes some of the commits that it rejects, at once or later", async () => {
  const store = memoryStore();
  const connection = brokenConnection(store, seeded(2));
  const keys = Array.from({ length: 200 }, (_, i) => `${i}`);
  const answers = await Promise.all(
    keys.map((key) => connection.store.commit([{ key, value: "1" }]).catch(() => "rejected")),
  );
  const before = await store.list("");
  await connection.settled();
  const after = await store.list("");
  const rejected = keys.filter((_, i) => answers[i] === "rejected");
  const counts = [before, after].map((made) => rejected.filter((key) => made.includes(key)).length);
  const [atOnce, inTheEnd] = counts as [number, number];
  assert(0 < atOnce && atOnce < inTheEnd && inTheEnd < rejected.length, `${counts} of ${rejected.length}`);
  assertEquals(keys.filter((key) => !rejected.includes(key) && !after.includes(key)), []);
});
