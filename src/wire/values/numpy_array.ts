/** What a {@linkcode NumpyArray} holds, by type. */
export interface NumpyData {
  /** One byte each: 0 or 1. */
  bool: Uint8Array;
  /** `numpy.int8`. */
  int8: Int8Array;
  /** `numpy.int16`. */
  int16: Int16Array;
  /** `numpy.int32`. */
  int32: Int32Array;
  /** `numpy.int64`. */
  int64: BigInt64Array;
  /** `numpy.uint8`. */
  uint8: Uint8Array;
  /** `numpy.uint16`. */
  uint16: Uint16Array;
  /** `numpy.uint32`. */
  uint32: Uint32Array;
  /** `numpy.uint64`. */
  uint64: BigUint64Array;
  /** As single precision, which holds all of its values. */
  float16: Float32Array;
  /** `numpy.float32`. */
  float32: Float32Array;
  /** `numpy.float64`. */
  float64: Float64Array;
  /** Real and imaginary parts in turn. */
  complex64: Float32Array;
  /** Real and imaginary parts in turn. */
  complex128: Float64Array;
}

/** A type of NumPy's, but for those that no typed array holds. */
export type NumpyType = keyof NumpyData;

/** How a {@linkcode NumpyArray} is laid out. */
export interface NumpyLayout {
  /**
   * The length of each dimension; `[]` for a single number.
   * @default {one dimension}
   */
  shape?: readonly number[] | undefined;
  /**
   * Whether the first index, and not the last one, changes fastest in `data`.
   * @default {false}
   */
  isFortranOrder?: boolean | undefined;
  /**
   * Whether it is a scalar (`numpy.float32(1)`) and no array: then the shape is `[]`.
   * @default {false}
   */
  isScalar?: boolean | undefined;
}

/** The typed array that holds the numbers of each type. */
export const NUMPY_DATA: {
  readonly [Type in NumpyType]: {
    readonly BYTES_PER_ELEMENT: number;
    new (buffer: ArrayBufferLike, offset: number, length: number): NumpyData[Type];
  };
} = {
  bool: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float16: Float32Array,
  float32: Float32Array,
  float64: Float64Array,
  complex64: Float32Array,
  complex128: Float64Array,
};

/**
 * An array or a scalar of NumPy's: a typed array with a shape. Whatever byte order it had in Python, `data` has the
 * machine's own.
 *
 * A scalar can be used as the number that it is: `2 * value`.
 *
 * @example An array of two rows
 * ```ts
 * import { NumpyArray } from "@edge-compute/globus/values";
 *
 * export const matrix = new NumpyArray("float64", Float64Array.of(1, 2, 3, 4, 5, 6), { shape: [2, 3] });
 * ```
 */
export class NumpyArray<Type extends NumpyType = NumpyType> {
  /** NumPy's type of its numbers. */
  readonly type: Type;
  /** All numbers, row by row, or column by column in Fortran's order. */
  readonly data: NumpyData[Type];
  /** The length of each dimension. */
  readonly shape: readonly number[];
  /** Whether the first index, and not the last one, changes fastest in `data`. */
  readonly isFortranOrder: boolean;
  /** Whether it is a scalar and no array. */
  readonly isScalar: boolean;

  /**
   * Makes one around a typed array, which is not copied.
   *
   * @throws {TypeError} If the typed array is not one of this type.
   * @throws {RangeError} If the shape has another number of items than the typed array, or a scalar has one.
   */
  constructor(type: Type, data: NumpyData[Type], layout: NumpyLayout = {}) {
    if (!Object.hasOwn(NUMPY_DATA, type)) throw new TypeError(`Unknown type of NumPy's: '${type}'`);
    const { name } = NUMPY_DATA[type];
    if (Object.prototype.toString.call(data) !== `[object ${name}]`) {
      throw new TypeError(`Cannot make an array of ${type}: its data is to be a ${name}`);
    }
    const each = type.startsWith("complex") ? 2 : 1; // A complex number takes two.
    const { isFortranOrder = false, isScalar = false } = layout;
    const shape = layout.shape ?? (isScalar ? [] : [data.length / each]);
    if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0)) {
      throw new RangeError(`Cannot make an array of shape [${shape}]: a length is no natural number`);
    }
    const items = shape.reduce((product, length) => product * length, each);
    if (items !== data.length) {
      throw new RangeError(
        `Cannot make an array of shape [${shape}]: it takes ${items} items, and data has ${data.length}`,
      );
    }
    if (isScalar && shape.length > 0) throw new RangeError("Cannot make a scalar with a shape");
    this.type = type;
    this.data = data;
    this.shape = shape;
    this.isFortranOrder = isFortranOrder;
    this.isScalar = isScalar;
  }

  /** The number, where there is just a real one; otherwise `NaN`. */
  valueOf(): number | bigint {
    return this.data.length === 1 ? this.data[0] ?? NaN : NaN;
  }
}
