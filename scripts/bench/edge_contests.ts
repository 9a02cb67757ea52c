import { Webhooks } from "@octokit/webhooks";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LANE } from "../../edge/lane.ts";
import { inParallel } from "../../edge/in_parallel.ts";
import { memoryStore, type Store, type StoreChange } from "../../mod.ts";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import { listAll } from "../../src/store/writes.ts";
import { ManualClock } from "../../tests/support/manual_clock.ts";
import { openBareSqlite } from "./bare_sqlite.ts";
import type { Contender, Contest, Count } from "./contest.ts";
import { executedFiles } from "./executed_files.ts";
import {
  createStubbedHandler,
  deliver,
  gitHub,
  signDeliveries,
  type SignedDelivery,
} from "./stubbed_handler.ts";

const DELIVERIES = 512;
const AT_ONCE = 64;
/** The store may be asked so often until a delivery of one task has its answer. */
const MAX_STORE_CALLS = 5;
/** So much may be left of it once its result is kept, in bytes of keys and values. */
const MAX_LEFT_BYTES = 3_000;
/** One delivery may execute functions of so many files. */
const MAX_FILES = 70;
/** Ours makes at least 0.7 of what the same commits make in the same time. */
const MAX_SQLITE_RATIO = 1 / 0.7;

/** Signed deliveries, from their bytes until it is committed that the service has them. It takes them at once. */
export async function edgeContests(): Promise<{ contests: Contest[] } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), "globus-bench-"));
  const store = sqliteStore(join(directory, "ours.sqlite"));
  const bare = openBareSqlite(join(directory, "bare.sqlite"));
  const [{ bytes: { length } }] = await signDeliveries(1) as [SignedDelivery];
  const about = `${DELIVERIES} deliveries of ${(length / 1000).toFixed(0)} kB, ${AT_ONCE} at a time`;
  const peer = new Webhooks({ secret: gitHub.secret });
  /** Each is new: the same bytes are the same delivery. */
  const timed = (name: string, work: (delivery: SignedDelivery) => Promise<unknown>): Contender => ({
    name,
    async run() {
      const deliveries = await signDeliveries(DELIVERIES);
      const startMs = performance.now();
      await inParallel(deliveries, AT_ONCE, async (delivery) => void await work(delivery));
      return (performance.now() - startMs) / 1000;
    },
  });
  const ours = (store: Store): Contender => {
    const handler = createStubbedHandler({ store });
    return timed("ours", (delivery) => deliver(handler, delivery));
  };

  const recorded = await recordCommits();
  const contests: Contest[] = [
    {
      name: about,
      contenders: [
        ours(memoryStore({ maxBytes: 2 ** 30 })),
        timed("verify and JSON.parse", async ({ mac, bytes }) => {
          if (!await crypto.subtle.verify("HMAC", gitHub.key, mac, bytes)) throw new Error("not verified");
          JSON.parse(new TextDecoder().decode(bytes));
        }),
        timed(
          "@octokit/webhooks",
          ({ id, text, signature }) => peer.verifyAndReceive({ id, name: "push", payload: text, signature }),
        ),
      ],
      goals: [{ than: "verify and JSON.parse", maxRatio: 4 }],
      counts: [await countStoreCalls(), await countLeftBytes(), await countFiles()],
    },
    {
      name: `${about}, on SQLite`,
      contenders: [
        ours(store),
        {
          name: "the same commits",
          run() {
            const runs = Array.from({ length: DELIVERIES / AT_ONCE }, () => withOtherIds(recorded));
            const startMs = performance.now();
            for (const commits of runs) {
              for (let start = 0; start < commits.length; start += AT_ONCE) {
                bare.transaction(() => commits.slice(start, start + AT_ONCE).forEach(bare.commit));
              }
            }
            return (performance.now() - startMs) / 1000;
          },
        },
      ],
      goals: [{ than: "the same commits", maxRatio: MAX_SQLITE_RATIO }],
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

/** A store that tells of each call before it is made. */
function watched(store: Store, onCall: (changes: readonly StoreChange[]) => void): Store {
  const telling = <Args extends unknown[], Answer>(call: (...args: Args) => Answer) => (...args: Args) => {
    onCall([]);
    return call(...args);
  };
  return {
    get: telling(store.get),
    getMany: telling(store.getMany),
    list: telling(store.list),
    commit(changes) {
      onCall(changes);
      return store.commit(changes);
    },
  };
}

/**
 * The commits of as many deliveries as are under way at once, in their order, those of what is done once before them not.
 * What the holders of the lane tell one another is left out: it depends on who held it before.
 */
async function recordCommits(): Promise<StoreChange[][]> {
  const commits: StoreChange[][] = [];
  const store = watched(memoryStore(), (changes) => {
    const kept = changes.filter(({ key }) => key !== `${LANE}/sent`);
    if (kept.length > 0) commits.push(kept);
  });
  const handler = createStubbedHandler({ store });
  for (const count of [1, AT_ONCE]) {
    commits.length = 0;
    await inParallel(await signDeliveries(count), AT_ONCE, (delivery) => deliver(handler, delivery));
  }
  return commits;
}

/** UUIDs and SHA-256 digests: all that tells the keys of one delivery from those of another. */
const IDS = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}/g;

/** The same commits, of other deliveries, and in a lane of their own, which nobody has yet. */
function withOtherIds(commits: readonly StoreChange[][]): StoreChange[][] {
  const others = new Map<string, string>();
  const other = (id: string) => {
    const known = others.get(id) ?? (id.length === 64 ? randomHex() + randomHex() : crypto.randomUUID());
    others.set(id, known);
    return known;
  };
  const lane = `edge/lane/${crypto.randomUUID()}`;
  return JSON.parse(JSON.stringify(commits).replace(IDS, other).replaceAll(`"${LANE}/`, `"${lane}/`));
}

function randomHex(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

/**
 * How often a delivery asks the store until it is committed that the service has it: its answer waits for that. The lane is
 * let go meanwhile.
 */
async function countStoreCalls(): Promise<Count> {
  let count = 0;
  let isCommitted = false;
  const store = watched(memoryStore(), (changes) => {
    if (!isCommitted) count++;
    isCommitted ||= changes.some(({ value }) => value?.includes('"state":"running"'));
  });
  const [delivery] = await signDeliveries(1) as [SignedDelivery];
  await deliver(createStubbedHandler({ store }), delivery);
  return { what: "store calls that the answer to a delivery waits for", count, max: MAX_STORE_CALLS };
}

/** How much is left of a delivery of one task, once its batch is done and the result is kept. */
async function countLeftBytes(): Promise<Count> {
  const clock = new ManualClock();
  const store = memoryStore({ clock });
  const handler = createStubbedHandler({ store, clock });
  const [delivery] = await signDeliveries(1) as [SignedDelivery];
  await deliver(handler, delivery);
  for (let nextAtMs: number | undefined = clock.nowMs() + 10_000; nextAtMs !== undefined;) {
    await clock.advance(Math.max(0, nextAtMs - clock.nowMs()));
    ({ nextAtMs } = await handler.collect());
  }
  const texts: string[] = [];
  for await (const key of listAll(store, "")) texts.push(key, await store.get(key) ?? "");
  if (!texts.some((text) => text.includes('{"answer": 42}'))) throw new Error("The result was not kept");
  const count = texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0);
  return { what: "bytes left of a delivery of one task", count, max: MAX_LEFT_BYTES };
}

/** How many files have a function that one delivery executes. */
async function countFiles(): Promise<Count> {
  const { length } = await executedFiles();
  return { what: "files that one delivery executes", count: length, max: MAX_FILES };
}
