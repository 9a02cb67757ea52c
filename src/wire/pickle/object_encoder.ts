import { refuse } from "../encode_place.ts";
import type { NumpyArray } from "../values/numpy_array.ts";
import type { PythonComplex } from "../values/python_complex.ts";
import { isReceived, type PythonObject } from "../values/python_object.ts";
import type { PythonRange } from "../values/python_range.ts";
import { ContainerEncoder } from "./container_encoder.ts";
import { byteOrderOf, bytesOf, NUMPY_CODES } from "./numpy.ts";
import * as OP from "./opcodes.ts";

/** Writes the objects of classes. */
export abstract class ObjectEncoder extends ContainerEncoder {
  saveComplex({ real, imag }: PythonComplex): void {
    this.saveGlobal("builtins", "complex");
    this.saveTupleOf([real, imag], (part) => this.saveFloat(part));
    this.byte(OP.REDUCE);
  }

  saveRange({ start, stop, step }: PythonRange): void {
    this.saveGlobal("builtins", "range");
    this.saveTupleOf([start, stop, step], (bound) => this.saveInteger(BigInt(bound)));
    this.byte(OP.REDUCE);
  }

  /** By the name that NumPy 1 and 2 both know. */
  saveNumpy(array: NumpyArray): void {
    const module = "numpy.core.multiarray";
    if (array.isScalar) {
      this.saveGlobal(module, "scalar");
      this.#saveDtype(array);
      this.saveBytes(bytesOf(array));
      this.byte(OP.TUPLE1 + 1);
      return this.byte(OP.REDUCE);
    }
    this.saveGlobal(module, "_reconstruct");
    this.saveGlobal("numpy", "ndarray");
    this.saveTupleOf([0], (length) => this.saveNumber(length));
    this.saveBytes(Uint8Array.of(98));
    this.byte(OP.TUPLE1 + 2);
    this.byte(OP.REDUCE);
    this.byte(OP.MARK);
    this.saveNumber(1);
    this.saveTupleOf(array.shape, (length) => this.saveNumber(length));
    this.#saveDtype(array);
    this.save(array.isFortranOrder, 0);
    this.saveBytes(bytesOf(array));
    this.byte(OP.TUPLE);
    this.byte(OP.BUILD);
  }

  #saveDtype({ type }: NumpyArray): void {
    if (this.saveReference(type, this.names)) return;
    this.saveGlobal("numpy", "dtype");
    this.saveTupleOf([NUMPY_CODES[type], false, true], (argument) => this.save(argument, 0));
    this.byte(OP.REDUCE);
    this.memoize(type, this.names);
    const state = [3, byteOrderOf(type), null, null, null, -1, -1, 0];
    this.saveTupleOf(state, (part) => this.save(part, 0));
    this.byte(OP.BUILD);
  }

  savePythonObject(object: PythonObject, depth: number): void {
    const { args, kwargs, isNew, items, entries, state } = object;
    if (isReceived(object) && !isSafeToSend(object)) {
      // Sent on as it is, a result of one endpoint could run what it likes at another.
      throw refuse(
        `an object ${object} that came from Python, which would import and call that: ` +
          `make it anew by new PythonObject({ … }) if you mean it`,
        depth,
        this.place,
      );
    }
    if (args === undefined) return this.saveGlobal(object.module, object.name);
    this.place.keys[depth] = "args";
    if (object.module === "operator" && object.name === "call") this.#saveCalledCall(args, depth + 1);
    else if (isNew) this.#saveNew(object, args, depth + 1);
    else if (kwargs === undefined) {
      this.saveGlobal(object.module, object.name);
      this.saveTupleOf(args, (item, index) => this.savePart(item, index, depth + 1));
      this.byte(OP.REDUCE);
    } else this.#saveCallWithKeywords(object, args, kwargs, depth + 1);
    this.memoize(object);
    this.place.keys[depth] = "items";
    if (items !== undefined) this.saveItems(items, depth + 1);
    this.place.keys[depth] = "entries";
    if (entries !== undefined) this.saveEntries(true, entries, depth + 1);
    if (state === undefined) return;
    this.savePart(state, "state", depth);
    this.byte(OP.BUILD);
  }

  /** What is called is made by a call itself; `operator.call` is there from Python 3.11 on alone. */
  #saveCalledCall([callable, ...args]: unknown[], depth: number): void {
    this.savePart(callable, 0, depth);
    this.saveTupleOf(args, (item, index) => this.savePart(item, index + 1, depth));
    this.byte(OP.REDUCE);
  }

  #saveNew({ module, name, kwargs }: PythonObject, args: unknown[], depth: number): void {
    this.saveGlobal(module, name);
    this.saveTupleOf(args, (item, index) => this.savePart(item, index, depth));
    if (kwargs === undefined) return this.byte(OP.NEWOBJ);
    this.place.keys[depth - 1] = "kwargs";
    this.savePlainDict(undefined, false, Object.entries(kwargs), depth);
    this.byte(OP.NEWOBJ_EX);
  }

  /** A pickle calls by position alone, and so Python's `copyreg` does it: by a `partial` that knows the rest. */
  #saveCallWithKeywords(
    { module, name }: PythonObject,
    args: unknown[],
    kwargs: Record<string, unknown>,
    depth: number,
  ): void {
    this.saveGlobal("functools", "partial");
    this.saveGlobal(module, name);
    this.byte(OP.TUPLE1);
    this.byte(OP.REDUCE);
    this.byte(OP.MARK);
    this.saveGlobal(module, name);
    this.saveTupleOf(args, (item, index) => this.savePart(item, index, depth));
    this.place.keys[depth - 1] = "kwargs";
    this.savePlainDict(undefined, false, Object.entries(kwargs), depth);
    this.byte(OP.EMPTY_DICT);
    this.byte(OP.TUPLE);
    this.byte(OP.BUILD);
    this.byte(OP.EMPTY_TUPLE);
    this.byte(OP.REDUCE);
  }
}

/** All built-in classes that are called so are exceptions: to make one does nothing else. */
const EXCEPTION = /^(?=[A-Z])\w*(?:Error|Exception|ExceptionGroup|Warning|Exit|Interrupt|Iteration)$/;
/** Others that only hold what they are given. */
const HOLDERS: ReadonlySet<string> = new Set([
  "builtins.slice",
  "collections.deque",
  "datetime.timezone",
  "globus_compute_sdk.sdk.shell_function.ShellResult",
]);

/** Whether Python may be told to make an object again that came from elsewhere. */
function isSafeToSend(object: PythonObject): boolean {
  return HOLDERS.has(`${object}`) || (object.module === "builtins" && EXCEPTION.test(object.name));
}
