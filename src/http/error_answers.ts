/** All that is loaded with the first attempt that fails. */
export { readErrorDocument } from "./error_document.ts";
export { explainRefusal } from "./explain_refusal.ts";
export { readFailure } from "./unreached.ts";
