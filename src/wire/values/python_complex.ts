/**
 * A complex number of Python.
 *
 * @example
 * ```ts
 * import { PythonComplex } from "@edge-compute/globus/values";
 *
 * export const args = [new PythonComplex(1, -2)];
 * ```
 */
export class PythonComplex {
  /** The real part. */
  readonly real: number;
  /** The imaginary part. */
  readonly imag: number;

  /** Makes one of its two parts. */
  constructor(real: number, imag: number) {
    this.real = real;
    this.imag = imag;
  }

  /** As Python writes it: `(1-2j)`. */
  toString(): string {
    const sign = this.imag < 0 || Object.is(this.imag, -0) ? "-" : "+";
    return `(${this.real}${sign}${Math.abs(this.imag)}j)`;
  }
}
