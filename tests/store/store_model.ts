import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { keysOf, type StoreKind } from "./store_case.ts";

/** What is asked of a store. */
export type Command =
  | { do: "put"; key: string; value: string; expiresInMs: number | undefined }
  | { do: "set"; key: string; value: string; expiresInMs: number | undefined; expected: string | undefined }
  | { do: "delete"; key: string }
  | { do: "get"; key: string }
  | { do: "list"; key: string }
  | { do: "wait"; ms: number }
  | { do: "reopen" };

const key = fc.constantFrom("", "a", "A", "a/b", "a/c", "\ud83e");
const value = fc.constantFrom("1", "2", "");
const expiresInMs = fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined });
const expected = fc.option(value, { nil: undefined });
/** What a store may be asked. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constant("put" as const), key, value, expiresInMs }),
  fc.record({ do: fc.constant("set" as const), key, value, expiresInMs, expected }),
  fc.record({ do: fc.constant("delete" as const), key }),
  fc.record({ do: fc.constant("get" as const), key }),
  fc.record({ do: fc.constant("list" as const), key }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant("reopen" as const) }),
);

/** Gives the commands to a store and to a map, which have to agree. */
export async function follow({ open, clock }: StoreKind, commands: readonly Command[]): Promise<void> {
  const opened = await open();
  let { store } = opened;
  const model = new Map<string, { value: string; goneAtMs: number }>();
  const standing = (key: string) => {
    const entry = model.get(key);
    return entry && entry.goneAtMs > clock.nowMs() ? entry.value : undefined;
  };
  const write = (key: string, value: string, expiresInMs = Infinity) =>
    model.set(key, { value, goneAtMs: clock.nowMs() + expiresInMs });
  try {
    for (const it of commands) {
      if (it.do === "wait") clock.advance(it.ms);
      else if (it.do === "reopen") store = await opened.reopen?.() ?? store;
      else if (it.do === "get") assertEquals(await store.get(it.key), standing(it.key));
      else if (it.do === "list") {
        const keys = [...model.keys()].filter((key) => key.startsWith(it.key) && standing(key) !== undefined);
        assertEquals(await keysOf(store, it.key), keys.sort());
      } else if (it.do === "delete") {
        await store.delete(it.key);
        model.delete(it.key);
      } else {
        const options = it.expiresInMs === undefined ? {} : { expiresInMs: it.expiresInMs };
        const isSet = it.do === "put" || standing(it.key) === it.expected;
        if (it.do === "put") await store.put(it.key, it.value, options);
        else assertEquals(await store.compareAndSet(it.key, it.expected, it.value, options), isSet);
        if (isSet) write(it.key, it.value, it.expiresInMs);
      }
    }
  } finally {
    await opened.close();
  }
}
