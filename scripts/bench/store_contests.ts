import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import { listAll } from "../../src/store/writes.ts";
import { openBareSqlite } from "./bare_sqlite.ts";
import type { Contest } from "./contest.ts";

const COMMITS = 256;
const AT_ONCE = 64;
const RESULTS = 10_000;
const LISTED = 3_000;
/** Ours makes at least 0.7 of what the same SQL makes in the same time. */
const MAX_RATIO = 1 / 0.7;
const VALUE = "x".repeat(200);

/** Commits, lists and reads of a store in SQLite, beside the same SQL without it, on the disk of temporary files. */
export async function storeContests(): Promise<{ contests: Contest[] } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), "globus-bench-"));
  const store = sqliteStore(join(directory, "ours.sqlite"));
  await store.get("a");
  const bare = openBareSqlite(join(directory, "bare.sqlite"));
  let next = 0;
  /** Three keys, as a call with a key writes them: a new one, and two that may be there. */
  const keysOf = (n: number) => [`call/${n}`, `batch/${n % 100}`, `due/${n % 1000}`] as const;

  const commit = (n: number) => {
    const [call, batch, due] = keysOf(n);
    return store.commit([
      { key: call, expected: null, value: VALUE },
      { key: batch, value: VALUE },
      { key: due, value: "" },
    ]);
  };
  const commitBare = (n: number) => {
    const [call, batch, due] = keysOf(n);
    if (bare.compare.get("", call, Date.now()) !== undefined) throw new Error("It is there already");
    bare.write.run(call, null, VALUE);
    bare.write.run(batch, null, VALUE);
    bare.write.run(due, null, "");
  };
  const each = (count: number, work: (n: number) => void) => {
    for (let i = 0; i < count; i++) work(next++);
  };
  const results = Array.from({ length: RESULTS }, (_, i) => `results/${String(i).padStart(5, "0")}`);
  const listed = results.slice(0, LISTED).map((key) => key.replace("results", "listed"));
  for (const keys of chunksOf(listed, 64)) {
    await store.commit(keys.map((key) => ({ key, value: VALUE })));
    bare.transaction(() => keys.forEach((key) => bare.write.run(key, null, VALUE)));
  }

  const contests: Contest[] = [
    {
      name: `${COMMITS} commits of three keys, one at a time`,
      contenders: [
        {
          name: "ours",
          async run() {
            for (let i = 0; i < COMMITS; i++) await commit(next++);
          },
        },
        { name: "the same SQL", run: () => each(COMMITS, (n) => bare.transaction(() => commitBare(n))) },
      ],
      goals: [{ than: "the same SQL", maxRatio: MAX_RATIO }],
    },
    {
      name: `${COMMITS * 32} commits of three keys, ${AT_ONCE} at a time`,
      contenders: [
        {
          name: "ours",
          async run() {
            await Promise.all(Array.from({ length: AT_ONCE }, async () => {
              for (let i = 0; i < COMMITS * 32 / AT_ONCE; i++) await commit(next++);
            }));
          },
        },
        {
          name: `the same SQL, ${AT_ONCE} in a transaction`,
          run() {
            for (let i = 0; i < COMMITS * 32 / AT_ONCE; i++) {
              bare.transaction(() => each(AT_ONCE, commitBare));
            }
          },
        },
      ],
      goals: [{ than: `the same SQL, ${AT_ONCE} in a transaction`, maxRatio: MAX_RATIO }],
    },
    {
      name: `list ${LISTED} keys`,
      contenders: [
        {
          name: "ours",
          async run() {
            let count = 0;
            for await (const _ of listAll(store, "listed/")) count++;
            if (count !== LISTED) throw new Error(`Listed ${count} keys`);
          },
        },
        { name: "the same SQL", run: () => void bare.list.all("listed/", "listed0", Date.now(), LISTED) },
      ],
      goals: [],
    },
    {
      name: `write ${RESULTS} results, 64 in a commit`,
      contenders: [
        {
          name: "ours",
          async run() {
            for (const keys of chunksOf(results, 64)) {
              await store.commit(keys.map((key) => ({ key, value: VALUE, expiresInMs: 60_000 })));
            }
          },
        },
        {
          name: "the same SQL",
          run() {
            for (const keys of chunksOf(results, 64)) {
              bare.transaction(() => {
                for (const key of keys) bare.write.run(key, Date.now() + 60_000, VALUE);
              });
            }
          },
        },
      ],
      goals: [],
    },
    {
      name: `read ${RESULTS} results, 10 at a time`,
      contenders: [
        {
          name: "ours",
          async run() {
            for (const keys of chunksOf(results, 10)) {
              for (const value of await store.getMany(keys)) {
                if (value !== VALUE) throw new Error("Not there");
              }
            }
          },
        },
        {
          name: "the same SQL",
          run() {
            for (const keys of chunksOf(results, 10)) {
              for (const { value } of bare.read.all(...keys, Date.now())) {
                if (value !== VALUE) throw new Error("Not there");
              }
            }
          },
        },
      ],
      goals: [],
    },
  ];
  return {
    contests,
    async [Symbol.asyncDispose]() {
      bare.close();
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}

function chunksOf<T>(values: readonly T[], size: number): T[][] {
  return Array.from(
    { length: Math.ceil(values.length / size) },
    (_, i) => values.slice(i * size, (i + 1) * size),
  );
}
