import {
  describeClass,
  describeToJson,
  describeUnsendable,
  hasToJson,
  isPlain,
  refuse,
} from "../encode_place.ts";
import { NumpyArray } from "../values/numpy_array.ts";
import { PythonComplex } from "../values/python_complex.ts";
import { PythonObject } from "../values/python_object.ts";
import { PythonRange } from "../values/python_range.ts";
import { PythonScalar } from "../values/python_scalar.ts";
import { pythonTypeOf } from "../values/python_type.ts";
import { callOfDate, callOfScalar } from "./encode_scalar.ts";
import { MAX_DEPTH } from "./container_encoder.ts";
import { ObjectEncoder } from "./object_encoder.ts";
import * as OP from "./opcodes.ts";

/**
 * Writes a value as a pickle of protocol 4, which Python 3.4 and later read. An object that stands in several places is
 * one in Python too, cycles included.
 *
 * @param name What the value is called in an error, such as `args`.
 * @throws {ComputeEncodeError} If Python has no such value; the error names the place.
 */
export function encodePickle(value: unknown, name: string): Uint8Array<ArrayBuffer> {
  const encoder = new Encoder({ name, keys: [] });
  encoder.opcode8(OP.PROTO, 4);
  encoder.save(value, 0);
  encoder.byte(OP.STOP);
  return encoder.done();
}

class Encoder extends ObjectEncoder {
  save(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        return this.saveText(value);
      case "number":
        return this.saveNumber(value);
      case "bigint":
        return this.saveInteger(value);
      case "boolean":
        return this.saveBoolean(value);
      case "object":
        return value === null ? this.byte(OP.NONE) : this.#saveObject(value, depth);
      default:
        throw refuse(describeUnsendable(value), depth, this.place);
    }
  }

  #saveObject(value: object, depth: number): void {
    if (this.saveReference(value)) return;
    if (depth >= MAX_DEPTH) throw refuse(`nested deeper than ${MAX_DEPTH}`, depth, this.place);
    if (isPlain(value)) {
      if (hasToJson(value)) throw refuse(describeToJson(value), depth, this.place);
      if (!Array.isArray(value)) return this.saveDict(value, Object.entries(value), depth);
      if (pythonTypeOf(value) === "tuple") return this.saveTuple(value, depth);
      return this.saveList(value, depth);
    }
    if (value instanceof Map) return this.saveDict(value, [...value], depth);
    if (value instanceof Set) return this.saveSet(value, depth);
    if (value instanceof Date) {
      const call = callOfDate(value);
      if (call === undefined) throw refuse("a Date that Python does not have", depth, this.place);
      this.saveCall(call);
    } else if (value instanceof PythonScalar) {
      const call = callOfScalar(value);
      if (call === undefined) {
        throw refuse(`a ${value.type} that Python does not have`, depth, this.place);
      }
      this.saveCall(call);
    } else if (value instanceof PythonComplex) this.saveComplex(value);
    else if (value instanceof PythonRange) this.saveRange(value);
    else if (value instanceof NumpyArray) this.saveNumpy(value);
    else if (value instanceof PythonObject) return this.savePythonObject(value, depth);
    else this.#saveAnyBytes(value, depth);
    this.memoize(value);
  }

  #saveAnyBytes(value: object, depth: number): void {
    if (value instanceof Uint8Array) {
      if (pythonTypeOf(value) !== "bytearray") return this.saveBytes(value);
      return this.saveCall({ module: "builtins", name: "bytearray", args: [value] });
    }
    if (value instanceof ArrayBuffer) return this.saveBytes(new Uint8Array(value));
    if (value instanceof DataView || value instanceof Uint8ClampedArray) {
      return this.saveBytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    }
    const what = describeClass(value);
    if (ArrayBuffer.isView(value)) {
      throw refuse(
        `${what}: pass new NumpyArray(type, array), or its bytes, or [...array]`,
        depth,
        this.place,
      );
    }
    throw refuse(
      `${what}, which Python does not have: pass a plain object, or a PythonObject`,
      depth,
      this.place,
    );
  }
}
