import type { Decision } from "../submit/decide.ts";

const DECISIONS: readonly string[] = ["submitAgain", "adopt", "abandon"] satisfies Decision[];

/** A decision, and whether a form of a page brought it. */
export interface SentDecision {
  decision: Decision;
  isForm: boolean;
}

/**
 * Reads `{"decision": "adopt"}`, or the same from a form.
 *
 * @returns Why it is none, as the status of the problem.
 */
export function readDecision(body: Uint8Array, contentType: string | null): SentDecision | 400 | 415 | 422 {
  const [mediaType = ""] = (contentType ?? "").split(";");
  const isForm = mediaType.trim().toLowerCase() === "application/x-www-form-urlencoded";
  if (!isForm && mediaType.trim().toLowerCase() !== "application/json") return 415;
  let decision: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    decision = isForm ? new URLSearchParams(text).get("decision") : decisionOf(JSON.parse(text));
  } catch {
    return 400;
  }
  return isDecision(decision) ? { decision, isForm } : 422;
}

function decisionOf(document: unknown): unknown {
  return typeof document === "object" && document !== null && "decision" in document
    ? document.decision
    : undefined;
}

function isDecision(decision: unknown): decision is Decision {
  return typeof decision === "string" && DECISIONS.includes(decision);
}
