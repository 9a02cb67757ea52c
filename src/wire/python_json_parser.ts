import { ComputeDecodeError } from "../errors/decode_error.ts";
import type { PythonValue } from "./values/python_value.ts";

/** Deeper than Python writes, up to 3.12; a bound, so that no text can overflow the stack. */
const MAX_DEPTH = 2000;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const CONSTANTS = new Map<string, PythonValue>([
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);
const CONSTANT = /null|true|false|NaN|-?Infinity/y;

/**
 * Parses JSON in Python's flavour, character by character.
 *
 * @throws {ComputeDecodeError} If it is no JSON.
 */
export function parsePythonJson(text: string): PythonValue {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  #index = 0;

  constructor(readonly text: string) {}

  value(depth: number): PythonValue {
    if (depth > MAX_DEPTH) throw this.#unexpected(`nesting beyond ${MAX_DEPTH}`);
    this.#skipSpace();
    const first = this.text[this.#index];
    if (first === '"') return this.#string();
    if (first === "[") return this.#array(depth);
    if (first === "{") return this.#object(depth);
    const constant = this.#match(CONSTANT);
    return constant === undefined ? this.#number() : CONSTANTS.get(constant) as PythonValue;
  }

  end(): void {
    this.#skipSpace();
    if (this.#index < this.text.length) throw this.#unexpected("text after the value");
  }

  #array(depth: number): PythonValue[] {
    const items: PythonValue[] = [];
    this.#index++;
    if (this.#take("]")) return items;
    do items.push(this.value(depth + 1)); while (this.#take(","));
    this.#expect("]");
    return items;
  }

  #object(depth: number): { [key: string]: PythonValue } {
    const object: { [key: string]: PythonValue } = {};
    this.#index++;
    if (this.#take("}")) return object;
    do {
      this.#skipSpace();
      const key = this.#string();
      this.#expect(":");
      const value = this.value(depth + 1);
      // Assigning to `__proto__` would set the prototype; JSON.parse makes a property of it, and so do we.
      if (key === "__proto__") {
        Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      } else object[key] = value;
    } while (this.#take(","));
    this.#expect("}");
    return object;
  }

  #string(): string {
    const start = this.#index;
    if (this.text[start] !== '"') throw this.#unexpected("no string");
    let end = start;
    do end = this.text.indexOf('"', end + 1); while (end > 0 && this.#isEscaped(end));
    if (end < 0) throw this.#unexpected("a string without an end");
    this.#index = end + 1;
    try {
      return JSON.parse(this.text.slice(start, end + 1));
    } catch {
      throw this.#unexpected("a malformed string before it");
    }
  }

  #isEscaped(index: number): boolean {
    let backslashes = 0;
    while (this.text[index - 1 - backslashes] === "\\") backslashes++;
    return backslashes % 2 === 1;
  }

  #number(): number | bigint {
    const literal = this.#match(NUMBER);
    if (literal === undefined) throw this.#unexpected("no value");
    const number = Number(literal);
    // A fraction or an exponent makes a float, which Python and JavaScript hold alike.
    return Number.isSafeInteger(number) || /[.eE]/.test(literal) ? number : BigInt(literal);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#index;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#index += found.length;
    return found;
  }

  #skipSpace(): void {
    this.#match(SPACE);
  }

  #take(mark: string): boolean {
    this.#skipSpace();
    if (this.text[this.#index] !== mark) return false;
    this.#index++;
    return true;
  }

  #expect(mark: string): void {
    if (!this.#take(mark)) throw this.#unexpected(`'${mark}' expected`);
  }

  #unexpected(what: string): ComputeDecodeError {
    return new ComputeDecodeError(`Cannot read JSON from Python: ${what} at index ${this.#index}`, {
      raw: this.text,
    });
  }
}
