import { namedVerifier } from "./named_verifier.ts";
import type { Verifier } from "./verifier.ts";

/** How a sender tells its events apart. */
export interface EventNames {
  /** The name of an event, in the header fields or in the event. */
  nameOf(headers: Headers, event: unknown): unknown;
  /** Whether an event with a name that is asked for has nothing to run all the same. */
  isPassedOver?(name: unknown, event: unknown): boolean;
}

/**
 * Has a verifier pass over the events whose name is not among these.
 *
 * @throws {TypeError} If `events` is not a list of names.
 */
export function withEvents(
  caller: string,
  verifier: Verifier,
  events: readonly string[] | undefined,
  { nameOf, isPassedOver }: EventNames,
): Verifier {
  if (events === undefined) return verifier;
  if (
    !Array.isArray(events) || events.length === 0 || !events.every((name) => name && typeof name === "string")
  ) {
    throw new TypeError(`Cannot use 'events' of ${caller}: it must be a list of names, with one at least`);
  }
  const names = new Set<unknown>(events);
  return namedVerifier(verifier.name, async (request, context) => {
    const found = await verifier(request, context);
    if (!found.isVerified) return found;
    const isIgnored = (event: unknown) => {
      const name = nameOf(request.headers, event);
      return !names.has(name) || isPassedOver?.(name, event) === true;
    };
    return { ...found, isIgnored };
  }, verifier);
}
