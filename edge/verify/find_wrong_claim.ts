/** What a claim may have to be. */
export type ClaimValue = string | number | boolean;

/**
 * Holds the claims of a token against what they must be.
 *
 * @returns Which is wrong, for the operator; nothing where all are right.
 */
export function findWrongClaim(
  claims: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, readonly ClaimValue[]>>,
): string | undefined {
  for (const [name, values] of Object.entries(expected)) {
    if (!Object.hasOwn(claims, name)) return `the token has no claim '${name}'`;
    const found = [claims[name]].flat();
    if (!values.some((value) => found.includes(value))) {
      return `the token's claim '${name}' is not ${
        values.map((value) => JSON.stringify(value)).join(" or ")
      }`;
    }
  }
  return undefined;
}
