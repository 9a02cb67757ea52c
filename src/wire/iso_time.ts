/**
 * Reads a time: ISO 8601 text, or milliseconds since 1970. Text without a zone is in UTC; JavaScript would read it in the
 * zone of its machine.
 *
 * @returns Nothing where it is no time.
 */
export function timeOf(value: unknown): Date | undefined {
  if (typeof value === "number") return valid(new Date(value));
  if (typeof value !== "string") return undefined;
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i.test(value);
  return valid(new Date(hasZone ? value : `${value.replace(" ", "T")}Z`));
}

function valid(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date;
}
