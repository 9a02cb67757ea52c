import { markReceived, PythonObject } from "../values/python_object.ts";
import type { PythonValue } from "../values/python_value.ts";
import type { Builder } from "./builder.ts";
import { CALLS, STATES } from "./known_classes.ts";
import { isDict, isPlainName, type Mutable } from "./values.ts";
import { PickleContainers } from "./pickle_containers.ts";

/** Python 2's name of each module that is called otherwise in Python 3; protocols before 3 use them. */
const PYTHON_2_MODULES: ReadonlyMap<string, string> = new Map([
  ["__builtin__", "builtins"],
  ["exceptions", "builtins"],
  ["copy_reg", "copyreg"],
]);
const PYTHON_2_BUILTINS: ReadonlyMap<string, string> = new Map([
  ["xrange", "range"],
  ["unicode", "str"],
  ["long", "int"],
]);

/** What it costs to throw, in bytes that can be made in that time. */
const FAILED_BYTES = 8192;

/** What the opcodes of a pickle work on, with what they do to make objects. */
export class PickleMachine extends PickleContainers {
  /** What comes from the opcode PROTO. */
  protocol = 0;
  /** How to call a function that is known. */
  #calls: Map<PythonValue, Builder> | undefined;
  /** Keyword arguments that are there: to ask each time would take long where a pickle refers to them again and again. */
  #kwargs: Set<PythonValue> | undefined;

  /** A class or function by its name. */
  pushName(module: string, name: string): void {
    if (this.protocol < 3) {
      if (module === "__builtin__") name = PYTHON_2_BUILTINS.get(name) ?? name;
      module = PYTHON_2_MODULES.get(module) ?? module;
    }
    this.push(this.named(module, name));
  }

  named(module: string, name: string, fields?: string[]): PythonObject {
    this.spend(200 + module.length + name.length);
    const value = markReceived(new PythonObject({ module, name, fields }));
    const call = CALLS.get(`${module} ${name}`);
    if (call !== undefined) (this.#calls ??= new Map()).set(value, call);
    return value;
  }

  /** What Python would get by a call: a value that is known, or an object that says so. */
  call(callable: PythonValue, args: PythonValue): PythonValue {
    if (!(callable instanceof PythonObject)) this.fail("it calls what is no function");
    if (!Array.isArray(args)) this.fail("it calls with what is no tuple");
    this.spend(200);
    const call = this.#calls?.get(callable);
    if (call !== undefined) {
      this.spend(sizeOf(args));
      this.isCopied = true;
      const value = this.#build(() => call(args, this));
      if (value !== undefined) return value;
    }
    if (isPlainName(callable)) return this.object({ module: callable.module, name: callable.name, args });
    this.spend(64 + 8 * args.length);
    this.isCopied = true;
    return this.object({ module: "operator", name: "call", args: [callable, ...args] });
  }

  /** What Python would get by a call of `__new__`. */
  make(type: PythonValue, args: PythonValue, kwargs?: PythonValue): PythonObject {
    if (!(type instanceof PythonObject)) this.fail("it makes an instance of what is no class");
    if (!Array.isArray(args)) this.fail("it makes an instance with what is no tuple");
    if (kwargs !== undefined && !isDict(kwargs)) this.fail("its keyword arguments are no dict of texts");
    this.spend(200);
    const named = kwargs === undefined || this.#isEmpty(kwargs) ? undefined : kwargs;
    if (isPlainName(type)) {
      return this.object({
        module: type.module,
        name: type.name,
        args,
        kwargs: named,
        isNew: true,
        fields: type.fields,
      });
    }
    // A class that is made by a call itself.
    this.spend(64 + 8 * args.length);
    this.isCopied = true;
    return this.object(
      named === undefined
        ? { module: "copyreg", name: "__newobj__", args: [type, ...args] }
        : { module: "copyreg", name: "__newobj_ex__", args: [type, args, named] },
    );
  }

  #isEmpty(kwargs: { [key: string]: PythonValue }): boolean {
    if (this.#kwargs?.has(kwargs)) return false;
    if (Object.keys(kwargs).length === 0) return true;
    (this.#kwargs ??= new Set()).add(kwargs);
    return false;
  }

  object(init: ConstructorParameters<typeof PythonObject>[0]): PythonObject {
    return markReceived(new PythonObject(init));
  }

  /** Sets the state on the object below it. */
  build(): void {
    const state = this.pop();
    const at = this.top - 1;
    const target = this.target(at);
    if (!(target instanceof PythonObject) || isPlainName(target)) {
      this.fail("it sets a state on what has none");
    }
    if (target.state !== undefined) this.fail("it sets a state a second time");
    const known = STATES.get(target.name);
    if (known !== undefined) {
      this.spend(sizeOf(state));
      const value = this.#build(() => known(target, state, this));
      if (value !== undefined) return this.replace(at, target, value);
    }
    (target as Mutable<PythonObject>).state = state;
  }

  /** What is out of the range of the known class stays as it is told. */
  #build(build: () => PythonValue | undefined): PythonValue | undefined {
    try {
      return build();
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      this.charge(FAILED_BYTES);
      return undefined;
    }
  }
}

/**
 * The bytes that a copy of these values takes at most, one level down. A memo makes a large value an argument of
 * many calls, a byte each; so each call is charged for what it may copy.
 */
function sizeOf(args: PythonValue): number {
  if (!Array.isArray(args)) return 8;
  let size = 8 * args.length;
  for (const arg of args) {
    if (typeof arg === "string") size += 2 * arg.length;
    else if (typeof arg !== "object" || arg === null) continue;
    else if (arg instanceof Uint8Array) size += arg.length;
    else if (Array.isArray(arg)) size += 40 * arg.length;
    else if (arg instanceof Map || arg instanceof Set) size += 40 * arg.size;
    else size += 200;
  }
  return size;
}
