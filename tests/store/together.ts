/**
 * Runs callers at once. One that waits for what others do asks `goesOn`, which says no once one of them has failed, so
 * that it ends too.
 */
export async function together(
  callers: readonly ((goesOn: () => boolean) => Promise<void>)[],
): Promise<void> {
  let hasFailed = false;
  const outcomes = await Promise.allSettled(callers.map(async (call) => {
    try {
      await call(() => !hasFailed);
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  }));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
