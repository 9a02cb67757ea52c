import type { PythonValue } from "./python_value.ts";

/** What a {@linkcode PythonObject} is made of. */
export interface PythonObjectInit {
  /** The module of its class, or of the function that makes it, such as `builtins`. */
  module: string;
  /** The name of its class or function in there, with dots where it is nested. */
  name: string;
  /** What it is made with; left out for the class or function itself. */
  args?: PythonValue[] | undefined;
  /** Keyword arguments. */
  kwargs?: { [key: string]: PythonValue } | undefined;
  /**
   * Whether Python makes it by `__new__` alone, and not by a call.
   * @default {false}
   */
  isNew?: boolean | undefined;
  /** What is set on it afterwards: as a rule its attributes by name. */
  state?: PythonValue | undefined;
  /** The names of the parts of a named tuple, where they are told. */
  fields?: readonly string[] | undefined;
  /** What is appended to it afterwards, where it is a kind of list. */
  items?: PythonValue[] | undefined;
  /** What is put into it afterwards, where it is a kind of dict. */
  entries?: [PythonValue, PythonValue][] | undefined;
}

let setReceived: (object: PythonObject) => void;
let getReceived: (object: PythonObject) => boolean;

/**
 * An object of a Python class, as data: an exception, a member of an `Enum`, a named tuple, an instance of a class of your
 * own, or a class or function itself. Nothing is imported or called to make it.
 *
 * | Python | here |
 * |---|---|
 * | `KeyError("k")` | module `builtins`, name `KeyError`, args `["k"]` |
 * | `Color.RED` | args `[1]`: its value |
 * | `Point(x=1, y=2)`, a named tuple | args `[1, 2]`; dill tells `fields`, pickle does not |
 * | an object with attributes | state `{ attribute: value }` |
 * | `numpy.sin` | module `numpy`, name `sin`, no args |
 *
 * Python imports the module, and calls what it names, when it reads such an object. So one that came from
 * elsewhere is not sent on as it is, unless it is a built-in exception: make it anew by the constructor to say that you mean it.
 *
 * @example
 * ```ts
 * import { PythonObject } from "@edge-compute/globus/values";
 *
 * export const error = new PythonObject({ module: "builtins", name: "ValueError", args: ["out of range"] });
 * ```
 */
export class PythonObject {
  /** The module of its class, or of the function that makes it. */
  readonly module: string;
  /** The name of its class or function in there. */
  readonly name: string;
  /** What it is made with; `undefined` for the class or function itself. */
  readonly args: PythonValue[] | undefined;
  /** Keyword arguments. */
  readonly kwargs: { [key: string]: PythonValue } | undefined;
  /** Whether Python makes it by `__new__` alone, and not by a call. */
  readonly isNew: boolean;
  /** What is set on it afterwards: as a rule its attributes by name. */
  readonly state: PythonValue | undefined;
  /** The names of the parts of a named tuple, where they are told. */
  readonly fields: readonly string[] | undefined;
  /** What is appended to it afterwards, where it is a kind of list. */
  readonly items: PythonValue[] | undefined;
  /** What is put into it afterwards, where it is a kind of dict. */
  readonly entries: [PythonValue, PythonValue][] | undefined;
  #isReceived = false;

  static {
    setReceived = (object) => object.#isReceived = true;
    getReceived = (object) => object.#isReceived;
  }

  /** Makes one of its parts. */
  constructor(init: PythonObjectInit) {
    this.module = init.module;
    this.name = init.name;
    this.args = init.args;
    this.kwargs = init.kwargs;
    this.isNew = init.isNew ?? false;
    this.state = init.state;
    this.fields = init.fields;
    this.items = init.items;
    this.entries = init.entries;
  }

  /** Its class: `builtins.KeyError`. */
  toString(): string {
    return `${this.module}.${this.name}`;
  }
}

/** Notes that an object came from a pickle, and not from this program. */
export function markReceived(object: PythonObject): PythonObject {
  setReceived(object);
  return object;
}

/** Whether an object came from a pickle. */
export function isReceived(object: PythonObject): boolean {
  return getReceived(object);
}
