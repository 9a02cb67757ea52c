/** All that is loaded with the first batch. */
export { attemptSubmission } from "../submit/attempt_submission.ts";
export { batchLink } from "../watch/batch_link.ts";
