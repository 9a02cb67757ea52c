/**
 * Chooses how long a storm or a loop of random kills is: `short` by default, `long` where LONG_STORMS=1 is set,
 * as `.ci/run` does. The seed belongs in the message of a failure, so that one round can be run again.
 */
export function storms<T>(short: T, long: T): T {
  return Deno.env.get("LONG_STORMS") === "1" ? long : short;
}
