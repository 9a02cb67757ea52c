/** Proves that values that are shared, or refer to themselves, stay so, and that no prototype is touched. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { decodePickle } from "../../../src/wire/pickle/decode_pickle.ts";
import { isReceived, type PythonObject } from "../../../src/wire/values/python_object.ts";
import { pythonTypeOf } from "../../../src/wire/values/python_type.ts";
import type { PythonValue } from "../../../src/wire/values/python_value.ts";
import { pickled, read } from "./pickles.ts";

// deno-lint-ignore no-explicit-any -- a value whose shape the test proves
type Any = any;

/** Python that makes a value which refers to itself, by an expression of one line. */
const LOOPS: [expression: string, isLoop: (value: Any) => boolean][] = [
  ["(lambda l: l.append(l) or l)([1])", (list) => list.length === 2 && list[1] === list],
  ["(lambda d: d.update(a=d) or d)({})", (dict) => dict.a === dict],
  ["(lambda d: d.update({1: d}) or d)({})", (map) => map instanceof Map && map.get(1) === map],
  [
    "(lambda d: d.update(a=[d]) or d.update({2: d}) or d)({})",
    (map) => map.get("a")[0] === map && map.get(2) === map,
  ],
  [
    "(lambda t: t[0].append(t) or t)(([],))",
    (items) => items[0][0] === items && pythonTypeOf(items) === "tuple",
  ],
  ["(lambda l: l.append((l, l)) or l)([])", (list) => list[0][0] === list && list[0][1] === list],
  ["(lambda o: setattr(o, 'me', o) or o)(Plain())", (object) => object.state.me === object],
  ["(lambda o: o.append(o) or o)(Numbers())", (object) => object.items[0] === object],
  ["(lambda o: o.update({1: o}) or o)(Table())", (object) => object.entries[0][1] === object],
  ["(lambda d: d.update({1: d}) or d)(collections.OrderedDict())", (map) => map.get(1) === map],
  ["(lambda o: setattr(o, 'all', {o}) or o)(Plain())", (object) => object.state.all.has(object)],
  ["(lambda l: [l, l, (l,)])([])", ([a, b, [c]]) => a === b && b === c],
  ["(lambda d: [d, d])({1: 2})", ([a, b]) => a === b && a instanceof Map],
  ["(lambda u: [u, u])(uuid.UUID(int=1))", ([a, b]) => a === b],
  ["(lambda b: [b, b])(bytearray(b'a'))", ([a, b]) => a === b],
];

Deno.test("decodePickle() keeps what refers to itself, or to the same value twice", async () => {
  const from: [number, typeof LOOPS][] = [
    [0, LOOPS.filter(([expression]) => !/Numbers|Table|OrderedDict/.test(expression))],
    [2, LOOPS],
  ];
  for (const [first, table] of from) {
    const protocols = await pickled(table.map(([expression]) => expression), first);
    protocols.forEach((pickles, index) => {
      table.forEach(([expression, isLoop], at) => {
        const value = decodePickle(pickles[at] as Uint8Array);
        assert(isLoop(value), `${expression}, protocol ${first + index}`);
      });
    });
  }
});

Deno.test("decodePickle() replaces a dict that becomes a Map wherever it is by then", () => {
  // A dict that is memoized, put into one of everything, and gets a key that is no text only then.
  const everything = "]q\x01h\0a0" + // a list
    "}q\x02Va\nh\0s0" + // a dict
    "}q\x03K\x01h\0s0" + // a Map
    "\x8fq\x04(h\0\x900" + // a set
    "h\0\x85q\x050" + // a tuple
    "cm\nc\nh\0\x85Rq\x06Vs\nh\0\x86b(h\0eVk\nh\0s0" + // an object
    "ccollections\nCounter\n}Vb\nh\0s\x85Rq\x070"; // a copy
  const [dict, list, object, map, set, items, instance, counter] = read(
    `}q\0${everything}h\0K\x01h\0s0(h\0h\x01h\x02h\x03h\x04h\x05h\x06h\x07t.`,
  ) as Any;
  assert(dict instanceof Map);
  assertStrictEquals(dict.get(1), dict);
  assertStrictEquals(list[0], dict);
  assertStrictEquals(object.a, dict);
  assertStrictEquals(map.get(1), dict);
  assert((set as Set<unknown>).has(dict) && set.size === 1);
  assertEquals([items[0] === dict, pythonTypeOf(items)], [true, "tuple"]);
  assertStrictEquals(counter.b, dict);
  const { args, state, items: appended, entries } = instance as PythonObject;
  for (const part of [args?.[0], (state as Any)[1], appended?.[0], entries?.[0]?.[1]]) {
    assertStrictEquals(part, dict);
  }
});

Deno.test("decodePickle() goes on with the Map from a reference to the dict", () => {
  // Two on the stack; the one becomes a Map, and the other is set too.
  assertEquals(read("}q\0h\0K\x01Nsh\0K\x02Ns\x86\x85."), [[
    new Map([[1, null], [2, null]]),
    new Map([[1, null], [2, null]]),
  ]]);
  const [[a, b]] = read("}2K\x01Ns\x86\x85.") as Any;
  assert(a instanceof Map && a === b);
});

Deno.test("decodePickle() gives a dict no prototype, and pollutes none", async () => {
  const keys = ["__proto__", "constructor", "toString", "hasOwnProperty", "__defineGetter__"];
  const expression = `{k: {"polluted": k} for k in ${JSON.stringify(keys)}}`;
  for (const [pickle] of await pickled([expression])) {
    const dict = decodePickle(pickle as Uint8Array) as Any;
    assertEquals(Object.keys(dict), keys);
    assertStrictEquals(Object.getPrototypeOf(dict), Object.prototype);
    for (const key of keys) {
      assertEquals(Object.getOwnPropertyDescriptor(dict, key), {
        value: { polluted: key },
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
  }
  assertStrictEquals(Reflect.get({}, "polluted"), undefined);
});

Deno.test("decodePickle() takes no name for one that it knows but those", () => {
  const names = ["__proto__", "constructor", "toString", "valueOf"];
  for (const module of names) {
    for (const name of names) {
      const value = read(`\x80\x04c${module}\n${name}\n)RN}Va\nNs\x86b.`) as PythonObject;
      assertEquals([value.module, value.name, value.state], [module, name, [null, { a: null }]]);
      assertEquals(String(read(`c__builtin__\n${name}\n.`)), `builtins.${name}`);
    }
  }
});

Deno.test("decodePickle() keeps the order of a dict whose keys are not all texts", async () => {
  const keys: PythonValue[] = [
    "b",
    "",
    "10",
    "a",
    "2",
    "__proto__",
    ...Array.from({ length: 1500 }, (_, i) => `${9000 - i}`),
  ];
  const dict = `{**dict.fromkeys(${JSON.stringify(keys)}), 7: None, "1": None}`;
  for (const [pickle] of await pickled([dict])) {
    const map = decodePickle(pickle as Uint8Array) as Map<PythonValue, PythonValue>;
    assertEquals([...map.keys()], [...keys, 7, "1"]);
  }
});

Deno.test("decodePickle() notes of each object that it came from a pickle", async () => {
  const [[pickle] = []] = await pickled(["[Plain(a=1), KeyError(1), len, timezone.utc]"], 4);
  for (const value of decodePickle(pickle as Uint8Array) as PythonObject[]) {
    assertStrictEquals(isReceived(value), true, String(value));
  }
});
