import { ComputeDecodeError } from "../errors/decode_error.ts";
import { checkJsonLimits, endOfString } from "./python_json_limits.ts";
import type { PythonValue } from "./values/python_value.ts";

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const CONSTANTS: readonly (readonly [text: string, value: PythonValue])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
];
/** A string up to this length is cut out; a longer one would keep all of the text in memory. */
const SHORT = 12;

/**
 * Parses JSON in Python's flavour, in time and memory that grow with its length and no faster.
 *
 * @throws {ComputeDecodeError} If it is no JSON, or beyond the limits.
 */
export function parsePythonJson(text: string): PythonValue {
  if (checkJsonLimits(text)) {
    try {
      return JSON.parse(text); // The runtime's own is quicker.
    } catch {
      // The parser below tells what is wrong, and where.
    }
  }
  const parser = new Parser(text);
  const value = parser.value();
  parser.end();
  return value;
}

/** It recurses: the text was found not to be nested too deep. */
class Parser {
  #index = 0;

  constructor(readonly text: string) {}

  value(): PythonValue {
    const first = this.#peek();
    if (first === 0x22) return this.#string(); // "
    if (first === 0x5b) return this.#array(); // [
    if (first === 0x7b) return this.#object(); // {
    const constant = first >= 0x30 && first <= 0x39 ? undefined : this.#constant();
    return constant === undefined ? this.#number() : constant;
  }

  end(): void {
    this.#peek();
    if (this.#index < this.text.length) throw this.#unexpected("text after the value");
  }

  #array(): PythonValue[] {
    const items: PythonValue[] = [];
    this.#index++;
    if (this.#take(0x5d)) return items;
    do items.push(this.value()); while (this.#take(0x2c));
    this.#expect("]");
    return items;
  }

  #object(): { [key: string]: PythonValue } {
    const object: { [key: string]: PythonValue } = {};
    this.#index++;
    if (this.#take(0x7d)) return object;
    do {
      this.#peek();
      const key = this.#string();
      this.#expect(":");
      const value = this.value();
      // Assigning to `__proto__` would set the prototype; JSON.parse makes a property of it, and so do we.
      if (key === "__proto__") {
        Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      } else object[key] = value;
    } while (this.#take(0x2c));
    this.#expect("}");
    return object;
  }

  #string(): string {
    const { text } = this;
    const start = this.#index;
    if (text.charCodeAt(start) !== 0x22) throw this.#unexpected("no string");
    const end = endOfString(text, start);
    if (end >= text.length) throw this.#unexpected("a string without an end");
    this.#index = end + 1;
    if (end - start <= SHORT && isSimple(text, start + 1, end)) return text.slice(start + 1, end);
    try {
      return JSON.parse(text.slice(start, end + 1));
    } catch {
      throw this.#unexpected("a malformed string before it");
    }
  }

  #constant(): PythonValue | undefined {
    for (const [constant, value] of CONSTANTS) {
      if (!this.text.startsWith(constant, this.#index)) continue;
      this.#index += constant.length;
      return value;
    }
    return undefined;
  }

  #number(): number | bigint {
    NUMBER.lastIndex = this.#index;
    const literal = NUMBER.exec(this.text)?.[0];
    if (literal === undefined) throw this.#unexpected("no value");
    this.#index += literal.length;
    const number = Number(literal);
    // A fraction or an exponent makes a float, which Python and JavaScript hold alike.
    return Number.isSafeInteger(number) || /[.eE]/.test(literal) ? number : BigInt(literal);
  }

  /** The next character that is no space, which stays. */
  #peek(): number {
    for (;;) {
      const code = this.text.charCodeAt(this.#index);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#index++;
    }
  }

  #take(code: number): boolean {
    if (this.#peek() !== code) return false;
    this.#index++;
    return true;
  }

  #expect(mark: string): void {
    if (!this.#take(mark.charCodeAt(0))) throw this.#unexpected(`'${mark}' expected`);
  }

  #unexpected(what: string): ComputeDecodeError {
    return new ComputeDecodeError(`Cannot read JSON from Python: ${what} at index ${this.#index}`, {
      raw: this.text,
    });
  }
}

/** Whether a part of a string stands for itself. */
function isSimple(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === 0x5c) return false;
  }
  return true;
}
