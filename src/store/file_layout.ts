import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { FileSystem } from "./file_system.ts";

/** Where a file store is, and how it writes. */
export interface Place {
  readonly files: FileSystem;
  /** The directory of all keys. */
  readonly root: string;
  /** The directory in which values are written before they get their name. */
  readonly staging: string;
  /** Whether a write resolves only once it is on the disk. */
  readonly isDurable: boolean;
}

/** No file system of today takes names of more than 255 bytes. */
const MAX_NAME_LENGTH = 200;
/** Most prefixes that are listed are one or two words: whoever lists them reads what is below those alone. */
const GROUP = /^(?:[^/]*\/){1,2}/;
/** All keys of which the group has too long a name. */
const LONG_GROUP = "h-long";
const SHARD = /^[0-9a-f]$/;

/** The directory of the versions of this key. */
export function directoryOf(place: Place, key: string): string {
  const hash = createHash("sha256").update(Buffer.from(key, "utf16le")).digest("hex");
  const name = `k-${escaped(key)}`;
  return join(
    place.root,
    groupOf(key),
    // Some file systems let a directory have no more than 64,998 of them.
    hash.slice(0, 1),
    name.length <= MAX_NAME_LENGTH ? name : `h-${hash}`,
  );
}

function groupOf(key: string): string {
  const name = `g-${escaped(GROUP.exec(key)?.[0] ?? "")}`;
  return name.length <= MAX_NAME_LENGTH ? name : LONG_GROUP;
}

/** Whether keys that begin with `prefix` may be below a directory of this name, in the store's own. */
export function mayHold(name: string, prefix: string): boolean {
  return name.startsWith(`g-${escaped(prefix)}`) || name === groupOf(prefix) || name === LONG_GROUP;
}

/** Whether this is the name of a directory that holds those of keys, in that of a group. */
export function isShard(name: string): boolean {
  return SHARD.test(name);
}

/** Whether the key in a directory of this name may begin with `prefix`: for certain, unless its name is a hash. */
export function mayBegin(name: string, prefix: string): boolean {
  return name.startsWith("h-") || name.startsWith(`k-${escaped(prefix)}`);
}

/**
 * Text as a name that is safe everywhere: no upper case, which some file systems take for lower case, nothing
 * beyond ASCII, which some write in another way, no dots and no slashes. Text begins with another one where their
 * names do.
 */
function escaped(text: string): string {
  return text.slice(0, MAX_NAME_LENGTH).replace(/[^a-z0-9_-]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return code < 0x100
      ? `%${code.toString(16).padStart(2, "0")}`
      : `%u${code.toString(16).padStart(4, "0")}`;
  });
}

/** The key that a directory's name spells; `undefined` where the name is a hash or none of the store's. */
export function keyOf(name: string): string | undefined {
  if (!name.startsWith("k-")) return undefined;
  return name.slice(2).replace(
    /%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/g,
    (_, long, short) => String.fromCharCode(parseInt(long ?? short, 16)),
  );
}
