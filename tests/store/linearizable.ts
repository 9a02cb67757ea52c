import type { Store, StoreChange } from "../../src/store/store.ts";
import { ConnectionError } from "./broken_connection.ts";

/** A call of a store that was made, and what it gave back; times are steps that all calls share. */
export interface Call {
  /** What is read at one moment, or changed at one. */
  do: { read: readonly string[] } | { commit: readonly StoreChange[] };
  /** What it gave; left out for a call that never came back or rejected, which may have been made or not, and later. */
  result?: readonly (string | undefined)[] | boolean;
  begin: number;
  /** `Infinity` for a call that never came back. */
  end: number;
}

/** What stands under each key. */
type State = ReadonlyMap<string, string>;

/**
 * Whether the calls can be put into an order in which each gives what it gave, with none before one that had ended when
 * it began. There may be 30.
 */
export function isLinearizable(calls: readonly Call[], initial: State = new Map()): boolean {
  const failed = new Set<string>();
  const names = new Map<string, number>();
  const nameOf = (value: string) => {
    const name = names.get(value) ?? names.size;
    names.set(value, name);
    return name;
  };
  return canFollow(2 ** calls.length - 1, initial);

  function canFollow(left: number, state: State): boolean {
    const rest = calls.filter((_, i) => left & (2 ** i));
    if (rest.every((call) => call.end === Infinity)) return true;
    const texts = [...state].map(([key, value]) => `${key}=${nameOf(value)}`).sort();
    const seen = `${left} ${texts.join()}`;
    if (failed.has(seen)) return false;
    const firstEnd = Math.min(...rest.map((call) => call.end));
    for (const [i, call] of calls.entries()) {
      if (!(left & (2 ** i)) || call.begin > firstEnd) continue;
      const after = apply(call, state);
      if (after && canFollow(left - 2 ** i, after)) return true;
    }
    failed.add(seen);
    return false;
  }
}

/** What stands after the call, or `undefined` where it cannot have given what it gave. */
function apply({ do: what, result, end }: Call, state: State): State | undefined {
  const isOver = end !== Infinity;
  if ("read" in what) {
    const hasRead = !isOver || what.read.every((key, i) => (result as string[])[i] === state.get(key));
    return hasRead ? state : undefined;
  }
  const isMade = what.commit.every(({ key, expected }) =>
    expected === undefined || (state.get(key) ?? null) === expected
  );
  if (isOver && result !== isMade) return undefined;
  if (!isMade) return state;
  const after = new Map(state);
  for (const { key, value } of what.commit) {
    if (value === null) after.delete(key);
    else if (value !== undefined) after.set(key, value);
  }
  return after;
}

let step = 0;

/** Makes a call, and keeps what came of it: one that rejects may be made or not, and later, as if it never came back. */
export async function record(
  calls: Call[],
  store: Store,
  what: Call["do"],
): Promise<Call> {
  const made: Call = { do: what, begin: ++step, end: Infinity };
  calls.push(made);
  const call = async () => {
    if ("commit" in what) return await store.commit(what.commit);
    const [key] = what.read;
    return what.read.length === 1 ? [await store.get(key as string)] : await store.getMany(what.read);
  };
  const result = await call().catch((error) => {
    if (!(error instanceof ConnectionError)) throw error;
  });
  if (result !== undefined) Object.assign(made, { result, end: ++step });
  return made;
}
