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
const SHARD = /^[0-9a-f]{2}$/;

/** The directory of the versions of this key. */
export function directoryOf(place: Place, key: string): string {
  const hash = createHash("sha256").update(Buffer.from(key, "utf16le")).digest("hex");
  const name = nameOf(key);
  return join(place.root, hash.slice(0, 2), name.length <= MAX_NAME_LENGTH ? name : `h-${hash}`);
}

/** Whether this is the name of a directory that holds those of keys. */
export function isShard(name: string): boolean {
  return SHARD.test(name);
}

/**
 * The key as a name that is safe everywhere: no upper case, which some file systems take for lower case, nothing
 * beyond ASCII, which some write in another way, no dots and no slashes.
 */
function nameOf(key: string): string {
  const escaped = key.slice(0, MAX_NAME_LENGTH).replace(/[^a-z0-9_-]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return code < 0x100
      ? `%${code.toString(16).padStart(2, "0")}`
      : `%u${code.toString(16).padStart(4, "0")}`;
  });
  return `k-${escaped}`;
}

/** The key that a directory's name spells; `undefined` where the name is a hash or none of the store's. */
export function keyOf(name: string): string | undefined {
  if (!name.startsWith("k-")) return undefined;
  return name.slice(2).replace(
    /%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/g,
    (_, long, short) => String.fromCharCode(parseInt(long ?? short, 16)),
  );
}
