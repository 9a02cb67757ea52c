/** A version of PEP 440, its parts in the order in which they are compared. */
interface Version {
  release: readonly bigint[];
  isDevRelease: boolean;
  /** The epoch, the release without zeros at its end, and the other segments. */
  key: readonly Part[];
}

type Part = bigint | number | string | readonly Part[];

/** As the appendix of PEP 440 has it, and `packaging` reads it. */
const VERSION =
  /^\s*v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?(-\d+|[-_.]?(?:post|rev|r)[-_.]?\d*)?(?:[-_.]?dev[-_.]?(\d*))?(?:\+([a-z\d]+(?:[-_.][a-z\d]+)*))?\s*$/i;

/**
 * Compares two versions by the rules of PEP 440.
 *
 * @returns Less than 0, 0, or more than 0, as `Array.sort` takes it; nothing where one of them is no version.
 */
export function compareVersions(one: string, other: string): number | undefined {
  const [left, right] = [parse(one), parse(other)];
  return left && right && compare(left.key, right.key);
}

/**
 * Whether a version is new enough, as the Python client judges it: a development release always is, and so is
 * any version where the minimum is a development release of the same release.
 *
 * @returns Nothing where one of them is no version.
 */
export function meetsMinimum(version: string, minimum: string): boolean | undefined {
  const [current, least] = [parse(version), parse(minimum)];
  if (!current || !least) return undefined;
  if (current.isDevRelease) return true;
  if (least.isDevRelease && String(current.release) === String(least.release)) return true;
  return compare(current.key, least.key) >= 0;
}

function parse(text: string): Version | undefined {
  const match = VERSION.exec(text);
  if (!match) return undefined;
  const [, epoch, release = "", preName, preNumber, post, dev, local] = match;
  const numbers = release.split(".").map(BigInt);
  const isDevRelease = dev !== undefined;
  return {
    release: numbers,
    isDevRelease,
    key: [
      BigInt(epoch ?? 0),
      numbers.slice(0, numbers.findLastIndex((number) => number !== 0n) + 1),
      // A development release comes before the pre-releases of the same release, which come before it.
      preName ? preRank(preName, preNumber) : post === undefined && isDevRelease ? -1 : 1,
      post === undefined ? -1 : BigInt(post.replace(/\D/g, "")),
      isDevRelease ? BigInt(dev) : Infinity,
      local === undefined ? -1 : local.toLowerCase().split(/[-_.]/).map(localPart),
    ],
  };
}

/** Between -1 and 1, which stand for what comes before and after all pre-releases. */
function preRank(name: string, number = ""): Part {
  const letter = { a: "a", b: "b", c: "rc", p: "rc", r: "rc" }[name[0]?.toLowerCase() ?? ""] ?? "";
  return [letter, BigInt(number)];
}

/** In a local version numbers come after words. */
function localPart(part: string): Part {
  return /^\d+$/.test(part) ? [1, BigInt(part)] : [0, part];
}

/** Lists are compared item by item. One that is compared with a number stands between -1 and 1. */
function compare(one: Part, other: Part): number {
  if (typeof one !== "object" && typeof other !== "object") return one < other ? -1 : one > other ? 1 : 0;
  if (typeof one !== "object") return Number(one);
  if (typeof other !== "object") return -Number(other);
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    const order = compare(one[i] as Part, other[i] as Part);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}
