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
    decision = decisionOf(isForm ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text));
  } catch {
    return 400;
  }
  return isDecision(decision) ? { decision, isForm } : 422;
}

/** The one member of the document. */
function decisionOf(document: unknown): unknown {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return undefined;
  const [[name, value] = [], ...others] = Object.entries(document);
  return name === "decision" && others.length === 0 ? value : undefined;
}

function isDecision(decision: unknown): decision is Decision {
  return typeof decision === "string" && DECISIONS.includes(decision);
}
