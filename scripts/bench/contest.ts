/** One way of doing a job: it does all of it once, and gives the seconds where it measured them itself. */
export interface Contender {
  name: string;
  run(): number | void | Promise<number | void>;
}

/** What ours is held against. */
export interface Goal {
  /** Another contender. */
  than: string;
  /** Ours may take so many times as long at most. */
  maxRatio: number;
}

/** A job, ours first, then its peers. */
export interface Contest {
  name: string;
  contenders: readonly [Contender, ...Contender[]];
  goals: readonly Goal[];
  /** What is counted beside the times, once. */
  counts?: readonly Count[];
}

/** How often something is done, and how often it may be done at most. */
export interface Count {
  what: string;
  count: number;
  max: number;
}

/** What a contest came to. */
export interface Result {
  name: string;
  /** The median of all rounds, in milliseconds, by contender. */
  medianMs: Record<string, number>;
  goals: { than: string; maxRatio: number; ratio: number; isMet: boolean }[];
  counts: readonly Count[];
}

/** Lets all contenders do the job in turn, so that what else the machine does meets all of them. */
export async function hold(
  { name, contenders, goals, counts = [] }: Contest,
  rounds: number,
): Promise<Result> {
  const times = new Map<string, number[]>(contenders.map((contender) => [contender.name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const contender of contenders) {
      const startMs = performance.now();
      const seconds = await contender.run();
      const ms = seconds === undefined ? performance.now() - startMs : seconds * 1000;
      if (round >= 0) times.get(contender.name)?.push(ms); // The round before warms up.
    }
  }
  const medianMs = Object.fromEntries([...times].map(([contender, all]) => [contender, median(all)]));
  const ours = medianMs[contenders[0].name] ?? NaN;
  return {
    name,
    medianMs,
    counts,
    goals: goals.map(({ than, maxRatio }) => {
      const ratio = ours / (medianMs[than] ?? NaN);
      return { than, maxRatio, ratio, isMet: ratio <= maxRatio };
    }),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle] ?? NaN
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
