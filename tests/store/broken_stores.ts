import { checkedStore } from "../../src/store/checked_store.ts";
import type { Store, StoreChange } from "../../src/store/store.ts";
import { type StoreKind, testClock } from "./store_case.ts";

/** A way in which a store may break what it promises. */
export type Fault =
  | "shows a part of a commit"
  | "keeps a part of a commit that is not made"
  | "locks what it writes, and not what it checks"
  | "checks before it locks"
  | "reads keys one after the other"
  | "forgets to look at the expiry of what is expected"
  | "lists what has expired"
  | "limits a list before it drops what has expired"
  | "removes only what has not expired"
  | "keeps an old expiry"
  | "lists in the order of writes"
  | "lists from the key itself"
  | "takes '_' of a prefix for any character"
  | "takes keys of another case for the same"
  | "takes keys for the same that begin alike"
  | "drops a mark at the beginning of a value"
  | "takes an empty value for nothing"
  | "measures UTF-16 units"
  | "throws at once"
  | "takes what no type lets through"
  | "answers before it has written";

interface Entry {
  value: string;
  expiresAtMs: number;
}

/** A kind of store that keeps all promises but for one: a map behind a lock, with a gap in each step. */
export function brokenStores(fault?: Fault): StoreKind {
  const clock = testClock();
  return {
    name: `a store that ${fault ?? "keeps all promises"}`,
    clock,
    open() {
      const entries = new Map<string, Entry>();
      const locks = new Map<string, Promise<void>>();
      const make = () => mapStore({ entries, locks, clock, has: (it) => it === fault });
      return Promise.resolve({
        store: make(),
        reopen: () => Promise.resolve(make()),
        close: () => Promise.resolve(),
      });
    },
  };
}

interface Place {
  entries: Map<string, Entry>;
  locks: Map<string, Promise<void>>;
  clock: { nowMs(): number };
  has(fault: Fault): boolean;
}

function mapStore({ entries, locks, clock, has }: Place): Store {
  const idOf = (key: string) => {
    if (has("takes keys of another case for the same")) return key.toLowerCase();
    return has("takes keys for the same that begin alike") ? key.slice(0, 399) : key;
  };
  const isGone = ({ expiresAtMs }: Entry) => expiresAtMs <= clock.nowMs();
  const read = (key: string) => {
    const entry = entries.get(idOf(key));
    if (!entry || isGone(entry)) return undefined;
    return has("takes an empty value for nothing") ? entry.value || undefined : entry.value;
  };
  const holds = ({ key, expected }: StoreChange) => {
    const ignoresExpiry = has("forgets to look at the expiry of what is expected");
    const standing = ignoresExpiry ? entries.get(idOf(key))?.value : read(key);
    return expected === undefined || (standing ?? null) === expected;
  };

  function write({ key, value, expiresInMs = Infinity }: StoreChange): void {
    const id = idOf(key);
    const old = entries.get(id);
    if (value === null) {
      if (!has("removes only what has not expired") || read(key) !== undefined) entries.delete(id);
    } else if (value !== undefined) {
      entries.set(id, {
        value: has("drops a mark at the beginning of a value") ? value.replace(/^\ufeff/, "") : value,
        expiresAtMs: old && !isGone(old) && has("keeps an old expiry")
          ? old.expiresAtMs
          : clock.nowMs() + expiresInMs,
      });
    }
  }

  /** Runs alone under each of the names. */
  async function locked<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = names.map((name) => locks.get(name));
    const working = Promise.all(before).then(work);
    for (const name of names) locks.set(name, working.then(() => {}, () => {}));
    return await working;
  }

  async function commit(changes: readonly StoreChange[]): Promise<boolean> {
    if (has("checks before it locks") && !changes.every(holds)) return false;
    const locksKeys = has("locks what it writes, and not what it checks");
    const written = changes.filter(({ value }) => value !== undefined).map(({ key }) => `of ${key}`);
    const making = locked(locksKeys ? written : ["all"], async () => {
      if (has("keeps a part of a commit that is not made")) {
        for (const change of changes) {
          if (!holds(change)) return false;
          write(change);
        }
        return true;
      }
      if (!has("checks before it locks") && !changes.every(holds)) return false;
      await gap();
      for (const change of changes) {
        if (has("shows a part of a commit")) await gap();
        write(change);
      }
      return true;
    });
    if (has("answers before it has written") && changes.every(({ expected }) => expected === undefined)) {
      return true;
    }
    return await making;
  }

  const store: Store = {
    get: (key) => gap().then(() => read(key)),
    async getMany(keys) {
      const values: (string | undefined)[] = [];
      await gap();
      for (const key of keys) {
        if (has("reads keys one after the other")) await gap();
        values.push(read(key));
      }
      return values;
    },
    async list(prefix, { after = "", limit = 1000 } = {}) {
      await gap();
      const begins = has("takes '_' of a prefix for any character")
        ? (key: string) =>
          key.length >= prefix.length && [...prefix].every((c, i) => c === "_" || c === key[i])
        : (key: string) => key.startsWith(prefix);
      const isAfter = (key: string) =>
        after === "" || key > after || (has("lists from the key itself") && key === after);
      const found = [...entries].filter(([key]) => begins(key) && isAfter(key));
      if (!has("lists in the order of writes")) found.sort(([a], [b]) => a < b ? -1 : 1);
      if (has("limits a list before it drops what has expired")) found.splice(limit);
      const standing = has("lists what has expired") ? found : found.filter(([, entry]) => !isGone(entry));
      return standing.slice(0, limit).map(([key]) => key);
    },
    commit,
  };
  if (has("takes what no type lets through")) return store;
  const checked = checkedStore(store);
  if (has("throws at once")) {
    const get = (key: string) => {
      if (key === "") throw new RangeError("Cannot use a key that is empty");
      return checked.get(key);
    };
    return { ...checked, get };
  }
  if (has("measures UTF-16 units")) {
    const commit = (changes: readonly StoreChange[]) =>
      checked.commit(changes).catch((error: Error) => {
        const units = changes.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0);
        if (/ bytes: /.test(error.message) && units <= 2 ** 24) return store.commit(changes);
        throw error;
      });
    return { ...checked, commit };
  }
  return checked;
}

/** Lets others go on. */
const gap = () => Promise.resolve();
