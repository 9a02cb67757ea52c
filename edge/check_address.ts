import type { Clock } from "../mod.ts";
import { isPublicAddress } from "./is_public_address.ts";
import { withDeadline } from "../src/base/deadline.ts";

/** Why nothing is sent to an address, or fetched from it. No part of the address is in it. */
export interface AddressProblem {
  cause: string;
  /** Whether it will never be another way: it is about the address as it is written. */
  isFinal: boolean;
}

/** The options of a handler that say which addresses may be used. */
export interface AddressOptions {
  /** Whether private ones may be used. */
  readonly allowPrivateAddresses?: boolean | undefined;
  /** Resolves a host's name. */
  readonly resolveAddresses?:
    | ((hostname: string, options: { signal: AbortSignal }) => Promise<readonly string[]>)
    | undefined;
}

const RESOLVE_TIMEOUT_MS = 5_000;
const NOT_RESOLVED = "the host's name was not resolved";
/** Names that stand for something near, whatever a resolver on the internet says of them. */
const LOCAL_NAME = /^[^.]+$|(?:^|\.)(?:localhost|local|internal|home\.arpa)$/;

/**
 * Whether something may be sent to an address, or fetched from it, that the options do not name: over HTTPS, to a host
 * all of whose addresses are public. The runtime looks the
 * name up once more when it connects, so that a name whose addresses change from one moment to the next gets by.
 *
 * @returns What is wrong, and nothing where all is well.
 */
export async function checkAddress(
  { options: { allowPrivateAddresses = false, resolveAddresses }, clock }: {
    options: AddressOptions;
    clock: Clock;
  },
  url: URL,
  signal: AbortSignal,
): Promise<AddressProblem | undefined> {
  const never = (cause: string): AddressProblem => ({ cause, isFinal: true });
  const notNow = (cause: string): AddressProblem => ({ cause, isFinal: false });
  if (url.username !== "" || url.password !== "") return never("the address has a user in it");
  if (allowPrivateAddresses) {
    return /^https?:$/.test(url.protocol) ? undefined : never("the address is not one of HTTP");
  }
  if (url.protocol !== "https:") return never("the address is not one of HTTPS");
  // The parser of URLs has made one form of octal, hexadecimal and short ways to write an address.
  const hostname = url.hostname.replace(/\.$/, "");
  const literal = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  if (hostname.startsWith("[") || /^\d+(?:\.\d+){3}$/.test(hostname)) {
    return isPublicAddress(literal) ? undefined : never("the address is not public");
  }
  if (LOCAL_NAME.test(hostname)) return never("the address is not public");
  if (resolveAddresses === undefined) return never("nothing can resolve the host's name");
  let addresses: readonly string[];
  try {
    const onTimeout = () => new Error(NOT_RESOLVED);
    addresses = await withDeadline(
      { clock, timeoutMs: RESOLVE_TIMEOUT_MS, onTimeout, signal },
      (ended) => resolveAddresses(hostname, { signal: ended }),
    );
  } catch {
    return notNow(NOT_RESOLVED);
  }
  if (!Array.isArray(addresses) || addresses.length === 0) return notNow("the host's name has no address");
  return addresses.every((address) => typeof address === "string" && isPublicAddress(address))
    ? undefined
    : notNow("the host has an address that is not public");
}
