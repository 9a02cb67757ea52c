/** What the handler takes of the client with the first delivery, or for the first result: none of it is loaded at the start. */
export { pythonTypeOf } from "../src/wire/values/python_type.ts";
export {
  NumpyArray,
  PythonComplex,
  PythonObject,
  PythonRange,
  PythonScalar,
} from "../src/wire/values/mod.ts";
export { getBatchResult } from "../src/tasks/get_batch_result.ts";
export { prepareBatch } from "../src/tasks/prepare_batch.ts";
export { batchRun } from "../src/tasks/batch_run.ts";
