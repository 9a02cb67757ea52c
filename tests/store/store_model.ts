import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { StoreChange } from "../../src/store/store.ts";
import { remove } from "../../src/store/writes.ts";
import { keysOf, type StoreKind } from "./store_case.ts";

/** What is asked of a store. */
export type Command =
  | { do: "commit"; changes: readonly ChangeForm[] }
  | { do: "get"; key: string }
  | { do: "getMany"; keys: readonly string[] }
  | { do: "list"; prefix: string; after: string; limit: number }
  | { do: "wait"; ms: number }
  | { do: "setBack"; ms: number }
  | { do: "reopen" };

/** A change, whose expectation may be that what stands there stands. */
interface ChangeForm {
  key: string;
  value: string | null | undefined;
  expected: string | null | undefined | { standing: true };
  expiresInMs: number | undefined;
}

const key = fc.constantFrom("a", "A", "a/b", "a/c", "b", "~");
const value = fc.constantFrom("1", "2", "");
const change: fc.Arbitrary<ChangeForm> = fc.record({
  key,
  value: fc.oneof(value, value, fc.constantFrom(null, undefined)),
  expected: fc.oneof(
    { weight: 4, arbitrary: fc.constant({ standing: true } as const) },
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.oneof(value, fc.constant(null)) },
  ),
  expiresInMs: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
});

/** What a store may be asked. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      changes: fc.uniqueArray(change, { minLength: 1, maxLength: 6, selector: (it) => it.key }),
    }),
  },
  fc.record({ do: fc.constant("get" as const), key }),
  fc.record({ do: fc.constant("getMany" as const), keys: fc.array(key, { maxLength: 10 }) }),
  fc.record({
    do: fc.constant("list" as const),
    prefix: fc.constantFrom("", "a", "a/", "~", "none"),
    after: fc.oneof(fc.constant(""), key),
    limit: fc.integer({ min: 1, max: 7 }),
  }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant("setBack" as const), ms: fc.integer({ min: 1, max: 10 }) }),
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
  try {
    for (const it of commands) {
      if (it.do === "wait") clock.advance(it.ms);
      else if (it.do === "reopen") store = await opened.reopen?.() ?? store;
      else if (it.do === "get") assertEquals(await store.get(it.key), standing(it.key));
      else if (it.do === "getMany") assertEquals(await store.getMany(it.keys), it.keys.map(standing));
      else if (it.do === "list") {
        const keys = [...model.keys()].filter((key) => standing(key) !== undefined).sort();
        const asked = keys.filter((key) => key.startsWith(it.prefix) && key > it.after).slice(0, it.limit);
        assertEquals(await store.list(it.prefix, { after: it.after, limit: it.limit }), asked);
        assertEquals(await keysOf(store), keys);
      } else if (it.do === "setBack") {
        // What has expired by a clock that is set back may be there again, but for what was removed.
        const gone = [...model.keys()].filter((key) => standing(key) === undefined);
        await remove(store, ...gone);
        for (const key of gone) model.delete(key);
        clock.step(-it.ms);
      } else {
        const changes = it.changes.flatMap((form) => changeOf(form, standing(form.key)));
        const isMade = changes.every(({ key, expected }) =>
          expected === undefined || (standing(key) ?? null) === expected
        );
        assertEquals(await store.commit(changes), isMade);
        for (const { key, value, expiresInMs = Infinity } of isMade ? changes : []) {
          if (value === null) model.delete(key);
          else if (value !== undefined) model.set(key, { value, goneAtMs: clock.nowMs() + expiresInMs });
        }
      }
    }
  } finally {
    await opened.close();
  }
}

/** The change that the form gives; none where it would write and check nothing. */
function changeOf(form: ChangeForm, standing: string | undefined): StoreChange[] {
  const { key, value } = form;
  const expected = typeof form.expected === "object" && form.expected ? standing ?? null : form.expected;
  if (value === undefined && expected === undefined) return [];
  return [{
    key,
    ...(value === undefined ? {} : { value }),
    ...(expected === undefined ? {} : { expected }),
    ...(typeof value === "string" && form.expiresInMs !== undefined ? { expiresInMs: form.expiresInMs } : {}),
  }];
}
