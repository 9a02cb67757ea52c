import { refuse } from "./refuse.ts";
import { namedVerifier, type VerifierParts } from "./named_verifier.ts";
import type { Verification, Verifier } from "./verifier.ts";

/**
 * Lets in whom one of these verifiers lets in; the first that does tells who it is. It rejects where none does and
 * one could not find out.
 *
 * @example An operator by a token, or whoever the lab's issuer knows as one
 * ```ts
 * import { anyOf, bearer, jwtBearer } from "@edge-compute/globus/edge";
 *
 * export function create(env: { OPERATOR_TOKEN: string }) {
 *   return anyOf(
 *     bearer({ tokens: [env.OPERATOR_TOKEN] }),
 *     jwtBearer({
 *       issuer: "https://login.example.org",
 *       audience: "https://hooks.example.org",
 *       claims: { groups: "operators" },
 *       isSingleUse: false,
 *     }),
 *   );
 * }
 * ```
 *
 * @throws {TypeError} If there is no verifier, or one is none.
 */
export function anyOf(...verifiers: readonly Verifier[]): Verifier {
  if (verifiers.length === 0 || !verifiers.every((verifier) => typeof verifier === "function")) {
    throw new TypeError("Cannot use anyOf(): pass one verifier at least, and verifiers only");
  }
  const names = verifiers.map(({ name }) => name || "…");
  return namedVerifier(
    `anyOf(${names.join(", ")})`,
    async (request, context): Promise<Verification> => {
      const causes: string[] = [];
      const failures: unknown[] = [];
      for (const verifier of verifiers) {
        try {
          const verification = await verifier(request, context);
          if (verification.isVerified || verification.handshake !== undefined) return verification;
          causes.push(verification.cause);
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
      return refuse(causes.join("; "));
    },
    partsOf(verifiers),
  );
}

/** What they state together: the largest body of any sender, and the handshakes of each. */
function partsOf(verifiers: readonly Verifier[]): VerifierParts {
  const sizes = verifiers.flatMap(({ maxBodyBytes = [] }) => maxBodyBytes);
  return {
    ...(sizes.length === 0 ? {} : { maxBodyBytes: Math.max(...sizes) }),
    isHandshake: (request) => verifiers.some((verifier) => verifier.isHandshake?.(request) === true),
  };
}
