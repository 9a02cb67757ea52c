/**
 * What Python has and JavaScript has not, as classes: NumPy's arrays, complex numbers, ranges, scalars such as `Decimal`
 * and `UUID`, and objects of any other class. Arguments may have them, and results that come as pickles do.
 *
 * @example The sum of the rows of an array, by a function that takes one
 * ```ts
 * import { callFunction, type Client } from "@edge-compute/globus";
 * import { NumpyArray } from "@edge-compute/globus/values";
 *
 * export async function sumOfRows(client: Client, endpointId: string, functionId: string): Promise<void> {
 *   const matrix = new NumpyArray("float64", Float64Array.of(1, 2, 3, 4, 5, 6), { shape: [2, 3] });
 *   const sums = await callFunction(client, { endpointId, functionId, args: [matrix] });
 *   if (sums instanceof NumpyArray) console.log(sums.shape, sums.data);
 * }
 * ```
 *
 * @module
 */
export { PythonObject } from "./python_object.ts";
export { PythonComplex } from "./python_complex.ts";
export { NumpyArray } from "./numpy_array.ts";
export { PythonRange } from "./python_range.ts";
export { PythonScalar } from "./python_scalar.ts";

export type { NumpyData, NumpyLayout, NumpyType } from "./numpy_array.ts";
export type { PythonObjectInit } from "./python_object.ts";
export type { PythonScalarType } from "./python_scalar.ts";
