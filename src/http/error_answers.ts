/** All that is loaded with the first answer that is an error. */
export { readErrorDocument } from "./error_document.ts";
export { explainRefusal } from "./explain_refusal.ts";
