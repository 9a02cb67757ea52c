/** Orders work that is asked for at the same time. */
export interface Turns {
  /** Does the work once there is room for it. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Does it once there is room and all that was asked for under the same key before is done. */
  runInOrder<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/** Lets so much work go on at the same time. */
export function createTurns(limit: number): Turns {
  const waiting: (() => void)[] = [];
  const lastOf = new Map<string, Promise<void>>();
  let free = limit;

  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  }

  function runInOrder<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = lastOf.get(key);
    const result = before ? before.then(() => run(work)) : run(work);
    const last: Promise<void> = result.then(end, end);
    lastOf.set(key, last);
    return result;

    function end(): void {
      if (lastOf.get(key) === last) lastOf.delete(key);
    }
  }

  return { run, runInOrder };
}
