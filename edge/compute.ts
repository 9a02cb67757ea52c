/**
 * What the handler takes of the client when it starts. Each has its own file here, as a bundle would carry traces of all
 * that `mod.ts` names.
 */
export { ComputeAuthorizationError } from "../src/errors/authorization_error.ts";
export { ComputeHttpError } from "../src/errors/http_error.ts";
export { ComputeError } from "../src/errors/compute_error.ts";
export { ComputeSubmissionError } from "../src/errors/submission_error.ts";
export { ComputeDecodeError } from "../src/errors/decode_error.ts";
export { createClient } from "../src/http/client.ts";
export { rateLimiter } from "../src/http/limiter.ts";
