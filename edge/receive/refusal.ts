import type { Problem } from "../problem.ts";

/** Thrown where a delivery is not taken: what its sender is told, and, where that is more, the message for the operator. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(readonly problem: Problem, options: ErrorOptions & { message?: string } = {}) {
    super(options.message ?? problem.title, options);
  }
}

/** A hook's own code has failed. */
export function hookFailed(cause: unknown): Refusal {
  return new Refusal({ status: 500, type: "hook-failed", title: "The hook failed" }, { cause });
}
