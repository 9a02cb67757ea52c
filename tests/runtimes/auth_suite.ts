/**
 * What every authorizer must do on every runtime, against a local service over real HTTP. It uses what all runtimes have,
 * and nothing else: Deno, Node and workerd run it as it is.
 */
import { createTools } from "./auth_tools.ts";
import { type Outcome, type World, WRONG_SECRET } from "./auth_world.ts";
import { CONSTRUCTOR_CASES } from "./constructor_cases.ts";
import { describe } from "./observe.ts";
import { REFUSAL_CASES } from "./refusal_cases.ts";
import { RENEWAL_CASES } from "./renewal_cases.ts";

/**
 * Runs all cases, one after the other.
 *
 * @param print Prints a value as the runtime does at its most talkative.
 */
export async function runSuite(world: World, print: (value: unknown) => void): Promise<Outcome> {
  const secrets = new Set([
    WRONG_SECRET,
    world.clientSecret,
    world.otherClientSecret,
    world.jwtIssuerSecret,
    world.accessToken,
    ...world.refreshTokens,
    world.jwtKey.d as string,
  ]);
  const outcome: Outcome = { cases: [], log: [], secrets: [] };
  const look = (value: unknown) => {
    print(value);
    outcome.log.push(describe(value));
  };
  const tools = createTools(world, secrets, look);
  for (const [name, run] of [...CONSTRUCTOR_CASES, ...RENEWAL_CASES, ...REFUSAL_CASES]) {
    try {
      await run(tools);
      outcome.cases.push({ name });
    } catch (error) {
      look(error);
      outcome.cases.push({ name, error: error instanceof Error ? `${error.stack}` : String(error) });
    }
  }
  for (const { authorizer, client } of tools.made) {
    for (const value of [authorizer, client, await authorizer.identify?.(), await authorizer.account?.()]) {
      look(value);
    }
  }
  return { ...outcome, secrets: [...secrets] };
}
