/** What the tests of pickles share. */
import { decodePickle } from "../../../src/wire/pickle/decode_pickle.ts";
import { pythonTypeOf } from "../../../src/wire/values/python_type.ts";
import type { PythonValue } from "../../../src/wire/values/python_value.ts";
import { runPython } from "../../support/python.ts";

export function fromBase64(text: string): Uint8Array {
  return bytesOf(atob(text));
}

/** The bytes of a text with a character for each: a loop, as `Uint8Array.from()` takes seconds for a few megabytes. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** Reads a pickle that is written out here, with a character for each byte. */
export function read(text: string): PythonValue {
  return decodePickle(bytesOf(text));
}

const SCRIPT = `
import base64, json, pickle, sys
import collections, datetime, decimal, enum, fractions, pathlib, types, uuid, zoneinfo
from datetime import timedelta, timezone

example = types.ModuleType("example")
sys.modules["example"] = example
exec('''
import collections, enum
class Plain:
    def __init__(self, **state): self.__dict__.update(state)
class Slots:
    __slots__ = ("a", "__dict__")
    def __init__(self): self.a = 1; self.b = 2
class Numbers(list): pass
class Table(dict): pass
class Failure(Exception): pass
class Keywords:
    def __new__(cls, *args, **kwargs): return object.__new__(cls)
    def __getnewargs_ex__(self): return (1,), {"k": 2}
class Outer:
    class Inner: pass
class Stateful:
    def __getstate__(self): return [1, 2]
class Color(enum.Enum): RED = 1
Point = collections.namedtuple("Point", "x y", module="example")
''', example.__dict__)
example.Color.__module__ = "example"
from example import *
from example import Plain, Slots, Numbers, Table, Failure, Keywords, Outer, Stateful, Color, Point

for line in sys.stdin:
    expression, protocol = json.loads(line)
    value = eval(expression)
    print(base64.b64encode(pickle.dumps(value, protocol)).decode())
`;

/** The pickles that Python makes of these expressions, for each protocol from the first on. */
export async function pickled(expressions: readonly string[], first = 0): Promise<Uint8Array[][]> {
  const protocols = [0, 1, 2, 3, 4, 5].slice(first);
  const cases = protocols.flatMap((protocol) => expressions.map((text) => [text, protocol]));
  const printed = await runPython(SCRIPT, cases.map((item) => JSON.stringify(item) + "\n").join(""));
  const pickles = printed.trimEnd().split("\n").map(fromBase64);
  return protocols.map((_, index) =>
    pickles.slice(index * expressions.length, (index + 1) * expressions.length)
  );
}

/** The Python types of a value and of its parts. */
export function typesIn(value: unknown): unknown[] {
  const parts = Array.isArray(value) || value instanceof Set
    ? [...value]
    : value instanceof Map
    ? [...value].flat()
    : typeof value === "object" && value !== null && !(value instanceof Uint8Array)
    ? Object.values(value)
    : [];
  return [pythonTypeOf(value), ...parts.map(typesIn)];
}
