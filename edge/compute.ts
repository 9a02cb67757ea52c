/**
 * What the handler takes of the client. Each has its own file here, as a bundle would carry traces of all that
 * `mod.ts` names.
 */
export { ComputeAuthorizationError } from "../src/errors/authorization_error.ts";
export { ComputeHttpError } from "../src/errors/http_error.ts";
export { ComputeError } from "../src/errors/compute_error.ts";
export { ComputeSubmissionError } from "../src/errors/submission_error.ts";
export { ComputeDecodeError } from "../src/errors/decode_error.ts";
export { createClient } from "../src/http/client.ts";
export { pythonTypeOf } from "../src/wire/values/python_type.ts";
export {
  NumpyArray,
  PythonComplex,
  PythonObject,
  PythonRange,
  PythonScalar,
} from "../src/wire/values/mod.ts";
export { getBatchResult } from "../src/tasks/get_batch_result.ts";
export { rateLimiter } from "../src/http/limiter.ts";
export { prepareBatch } from "../src/tasks/prepare_batch.ts";
export { batchRun } from "../src/tasks/batch_run.ts";
