import type { Store } from "../../src/store/store.ts";

/** A call of a store that was made, and what it gave back; times are any that grow. */
export interface Call {
  do: "get" | "put" | "delete" | "set";
  value?: string;
  expected?: string | undefined;
  /** What `get` or `compareAndSet` gave; left out for a call that never came back, which may have happened or not. */
  result?: string | boolean | undefined;
  begin: number;
  /** `Infinity` for a call that never came back. */
  end: number;
}

/**
 * Whether the calls, all of one key, can be put into an order in which each gives what it gave, with none before one
 * that had ended when it began.
 */
export function isLinearizable(calls: readonly Call[], initial?: string): boolean {
  const failed = new Set<string>();
  return canFollow(2 ** calls.length - 1, initial);

  function canFollow(left: number, value: string | undefined): boolean {
    const rest = calls.filter((_, i) => left & (2 ** i));
    if (rest.every((call) => call.end === Infinity)) return true;
    const state = `${left} ${value}`;
    if (failed.has(state)) return false;
    const firstEnd = Math.min(...rest.map((call) => call.end));
    for (const [i, call] of calls.entries()) {
      if (!(left & (2 ** i)) || call.begin > firstEnd) continue;
      const after = apply(call, value);
      if (after !== "no" && canFollow(left - 2 ** i, after.value)) return true;
    }
    failed.add(state);
    return false;
  }
}

function apply(call: Call, value: string | undefined): { value: string | undefined } | "no" {
  const isOver = call.end !== Infinity;
  if (call.do === "get") return isOver && call.result !== value ? "no" : { value };
  if (call.do === "put") return { value: call.value };
  if (call.do === "delete") return { value: undefined };
  const isSet = value === call.expected;
  if (isOver && call.result !== isSet) return "no";
  return { value: isSet ? call.value : value };
}

/** Makes a call of the key `key`, and keeps what came of it. */
export async function record(
  calls: Call[],
  store: Store,
  call: Omit<Call, "begin" | "end">,
  nowStep: () => number,
): Promise<Call> {
  const made: Call = { ...call, begin: nowStep(), end: Infinity };
  calls.push(made);
  const { value = "", expected } = call;
  if (call.do === "get") made.result = await store.get("key");
  else if (call.do === "put") await store.put("key", value);
  else if (call.do === "delete") await store.delete("key");
  else made.result = await store.compareAndSet("key", expected, value);
  made.end = nowStep();
  return made;
}
