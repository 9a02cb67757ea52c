/**
 * Addresses of IPv4 that are somebody's own, or nobody's: all that IANA's registry (RFC 6890) does not call globally
 * reachable, and those of which an answer can mean no receiver of messages.
 */
const NOT_PUBLIC_V4: readonly [first: string, prefixBits: number][] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // shared, behind a carrier's NAT
  ["127.0.0.0", 8], // loopback
  ["168.63.129.16", 32], // public by its number, and on Azure the host's own agent
  ["169.254.0.0", 16], // link-local, with the metadata of clouds
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // relays of 6to4, given up
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, and broadcast
];

const RANGES_V4 = NOT_PUBLIC_V4.map(([first, prefixBits]) => {
  const from = toNumber(first.split(".").map(Number));
  return { from, until: from + 2 ** (32 - prefixBits) };
});

/**
 * Whether an address as a resolver writes it is one of the public internet. What is no address is not.
 *
 * Of IPv6 it is what has been given to networks, `2000::/3`, without protocol assignments such as Teredo, without
 * documentation, and without 6to4, in which any address of IPv4 may hide. An address of NAT64 is what it stands for.
 */
export function isPublicAddress(address: string): boolean {
  const bytes = parseV4(address);
  if (bytes !== undefined) return isPublicV4(bytes);
  const groups = parseV6(address);
  return groups !== undefined && isPublicV6(groups);
}

function isPublicV4(bytes: readonly number[]): boolean {
  const number = toNumber(bytes);
  return !RANGES_V4.some(({ from, until }) => number >= from && number < until);
}

function isPublicV6(groups: readonly number[]): boolean {
  const [first = 0, second = 0] = groups;
  if (first === 0x64 && second === 0xff9b && groups.slice(2, 6).every((group) => group === 0)) {
    return isPublicV4(groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]));
  }
  if (first < 0x2000 || first > 0x3fff) return false;
  if (first === 0x2001) return second >= 0x200 && second !== 0xdb8;
  return first !== 0x2002 && !(first === 0x3fff && second < 0x1000);
}

function toNumber([a = 0, b = 0, c = 0, d = 0]: readonly number[]): number {
  return ((a * 256 + b) * 256 + c) * 256 + d;
}

function parseV4(address: string): number[] | undefined {
  const parts = address.split(".");
  const isV4 = parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return isV4 ? parts.map(Number) : undefined;
}

/** The eight groups of an address of IPv6; the parser of URLs knows all the ways in which it may be written. */
function parseV6(address: string): number[] | undefined {
  if (!/^[0-9a-f:.]+$/i.test(address)) return undefined;
  let hostname: string;
  try {
    ({ hostname } = new URL(`http://[${address}]`));
  } catch {
    return undefined;
  }
  const [head = "", tail] = hostname.slice(1, -1).split("::").map((half) =>
    half === "" ? [] : half.split(":")
  );
  const left = [...head].map((group) => parseInt(group, 16));
  const right = (tail ?? []).map((group) => parseInt(group, 16));
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}
