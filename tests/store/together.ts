/** After so many of its rounds a caller lets timers and other events have their turn. */
const ROUNDS_PER_TURN = 8;

/**
 * Runs callers at once. Each asks `goesOn` in each round of a loop: it says no once one of them has failed, so that those
 * that wait for what it does end too. It also lets the event loop go on now and then, as some stores answer without.
 */
export async function together(
  callers: readonly ((goesOn: () => Promise<boolean>) => Promise<void>)[],
): Promise<void> {
  let hasFailed = false;
  const outcomes = await Promise.allSettled(callers.map(async (call) => {
    let rounds = 0;
    const goesOn = async () => {
      if (++rounds % ROUNDS_PER_TURN === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      return !hasFailed;
    };
    try {
      await call(goesOn);
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  }));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
