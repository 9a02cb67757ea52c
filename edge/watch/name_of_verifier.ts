import type { Hook } from "../hook.ts";

/** What a verifier verifies, where its function has a name of its own, and not that of the hook's property. */
export function nameOfVerifier({ name }: Hook["verify"]): string | undefined {
  return name === "" || name === "verify" ? undefined : name;
}
