import type { Problem } from "../problem.ts";

/** A part of a batch's tasks. */
export interface TaskRange {
  /** The place of the first one. */
  start: number;
  /** How many at most. */
  count: number;
}

const WHOLE_NUMBER = /^\d{1,9}$/;

/**
 * Reads `?start=` and `?count=`.
 *
 * @returns The range, or the problem where one of them is no number in its range.
 */
export function readTaskRange(
  query: URLSearchParams,
  { defaultCount, maxCount }: { defaultCount: number; maxCount: number },
): TaskRange | Problem {
  const start = query.get("start") ?? "0";
  const count = query.get("count") ?? String(defaultCount);
  if (!WHOLE_NUMBER.test(start)) return badQuery("'start' must be a whole number, 0 or more");
  if (!WHOLE_NUMBER.test(count) || Number(count) < 1 || Number(count) > maxCount) {
    return badQuery(`'count' must be a whole number from 1 to ${maxCount}`);
  }
  return { start: Number(start), count: Number(count) };
}

/** Whether it is a problem and no range. */
export function isProblem(found: TaskRange | Problem): found is Problem {
  return "status" in found;
}

function badQuery(detail: string): Problem {
  return { status: 400, type: "bad-query", title: "The address has a bad parameter", detail };
}
