/** What many resamples say of a quantity: the middle one, and the range of the middle 95 %. */
export interface Estimate {
  median: number;
  low: number;
  high: number;
}

/** The estimate from the values of all resamples, by the percentile method of the bootstrap. */
export function estimate(values: readonly number[]): Estimate {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}

function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (position - Math.floor(position)) * (above - below);
}

/** A histogram as lines of text: a bar a bin, and the bin's lower edge before it. */
export function histogram(values: readonly number[], bins: number, width: number): string[] {
  const low = Math.min(...values);
  const step = (Math.max(...values) - low) / bins || 1;
  const counts = Array.from({ length: bins }, () => 0);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.floor((value - low) / step));
    counts[bin] = (counts[bin] as number) + 1;
  }
  const most = Math.max(...counts);
  return counts.map((count, bin) => {
    const edge = (low + bin * step).toFixed(2);
    return `${edge}  ${bar(count / most * width)} ${count}`;
  });
}

/** A bar so many characters long, in eighths. */
function bar(length: number): string {
  const eighths = Math.round(length * 8);
  return "█".repeat(Math.floor(eighths / 8)) + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
}
