/** Proves that `decodePickle()` reads the arrays and scalars of several versions of NumPy. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { decodePickle } from "../../../src/wire/pickle/decode_pickle.ts";
import { PickleError } from "../../../src/wire/pickle/pickle_reader.ts";
import { NumpyArray } from "../../../src/wire/values/numpy_array.ts";
import { PythonObject } from "../../../src/wire/values/python_object.ts";
import vectors from "./numpy_vectors.json" with { type: "json" };
import { fromBase64 } from "./pickles.ts";

/** A number as Python's `repr` writes it. */
function numberOf(text: string, data: { [index: number]: number | bigint }): number | bigint {
  if (typeof data[0] === "bigint") return BigInt(text);
  return Number(text.replace("inf", "Infinity"));
}

Deno.test("decodePickle() reads arrays and scalars of NumPy's", () => {
  assertStrictEquals(vectors.arrays.length, 188);
  for (const { name, protocol, numpy, pickle, type, shape, fortran, scalar, numbers } of vectors.arrays) {
    const told = `${name}, protocol ${protocol}, NumPy ${numpy}`;
    const value = decodePickle(fromBase64(pickle));
    assert(value instanceof NumpyArray, told);
    assertEquals([value.type, value.shape, value.isFortranOrder, value.isScalar], [
      type,
      shape,
      fortran,
      scalar,
    ], told);
    assertEquals([...value.data], numbers.map((text) => numberOf(text, value.data)), told);
  }
});

Deno.test("decodePickle() tells what no typed array holds as an object with all of its parts", () => {
  for (const { name, protocol, pickle } of vectors.others) {
    const value = decodePickle(fromBase64(pickle));
    assert(value instanceof PythonObject, `${name}, protocol ${protocol}`);
    if (name === "ufunc") assertStrictEquals(value.toString(), "numpy.sin");
    if (name !== "objects" || protocol !== 4) continue;
    assertEquals([value.toString(), Array.isArray(value.state)], [
      "numpy._core.multiarray._reconstruct",
      true,
    ]);
    assertEquals((value.state as unknown[]).at(-1), [new Map([[1, 2]]), null]);
  }
});

Deno.test("decodePickle() refuses an array whose shape has another number of bytes than there are", () => {
  const rows = vectors.arrays.filter(({ name }) => name === "rows");
  for (const { pickle, protocol } of rows.filter(({ protocol }) => protocol >= 2)) {
    const bytes = fromBase64(pickle);
    const text = String.fromCharCode(...bytes);
    // The shape, (2, 3), is the one place where these two are next to each other.
    const at = text.indexOf("K\x02K\x03");
    assert(at > 0);
    bytes[at + 1] = 200;
    const error = assertThrows(
      () => decodePickle(bytes),
      PickleError,
      "an array of 4800 bytes, with 48 bytes in it",
    );
    assertStrictEquals(bytes[error.offset], protocol === 5 ? 0x52 : 0x62);
  }
});

Deno.test("decodePickle() makes no copy of the numbers beyond the one", () => {
  const { pickle } = vectors.arrays.find(({ name, protocol }) => name === "rows" && protocol === 5) ??
    assertNever();
  const value = decodePickle(fromBase64(pickle)) as NumpyArray;
  assertEquals([value.data.byteOffset, value.data.buffer.byteLength], [0, 48]);
});

function assertNever(): never {
  throw new Error("no such vector");
}
