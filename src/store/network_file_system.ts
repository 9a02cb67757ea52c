import { readFile, realpath } from "node:fs/promises";
import process from "node:process";

/** The number of a file system's type, as `statfs` of `node:fs/promises` gives it. */
export type StatFileSystem = (path: string) => Promise<{ type: number }>;

/**
 * `f_type` of file systems that several machines share, from `linux/magic.h` and the sources of each. Linux gives
 * them as signed numbers on some machines. 9P is not among them: it joins one virtual machine to its host.
 */
const NETWORK_TYPES: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x564c, "NCP"],
  [0xaad7aaea, "PanFS"],
  [0x20030528, "OrangeFS"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
]);

const FUSE = 0x65735546;
/** A FUSE file system may be a local one; what it is stands in the table of mounts alone. */
const NETWORK_FUSE =
  /^fuse\.(sshfs|glusterfs|ceph|ceph-fuse|s3fs|s3backer|goofys|mount-s3|mountpoint-s3|gcsfuse|rclone|juicefs|davfs|mfs|lizardfs|seaweedfs|blobfuse2?|cvmfs2?|curlftpfs|smbnetfs|onedata|oneclient|dcache|irodsfs|xrootdfs)$/i;

/**
 * Refuses a file system that is shared by machines: SQLite's log needs memory that all processes share, and locks that
 * network file systems say they gave and did not.
 *
 * @throws {Error} If it is one; the message names its kind.
 */
export async function checkFileSystem(path: string, statFileSystem: StatFileSystem): Promise<void> {
  // Elsewhere the numbers mean other things, or nothing.
  if (process.platform !== "linux") return;
  const type = (await statFileSystem(path)).type >>> 0;
  const kind = NETWORK_TYPES.get(type) ?? (type === FUSE ? await networkFuse(path) : undefined);
  if (kind === undefined) return;
  throw new Error(
    `it is on a network file system (${kind}), where SQLite damages what several machines write: give a path on a ` +
      "disk of this machine",
  );
}

async function networkFuse(path: string): Promise<string | undefined> {
  const mounts = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  const kind = fileSystemOf(await realpath(path), mounts);
  return kind && isNetworkFuse(kind) ? kind.slice("fuse.".length) : undefined;
}

/** Whether a type of the table of mounts is that of a FUSE file system on a network. */
export function isNetworkFuse(type: string): boolean {
  return NETWORK_FUSE.test(type);
}

/**
 * The type of the file system that a path is in.
 *
 * @param mounts As in `/proc/self/mountinfo`: see proc(5).
 */
export function fileSystemOf(path: string, mounts: string): string | undefined {
  let found = { point: "", type: undefined as string | undefined };
  for (const line of mounts.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const point = before.split(" ")[4]?.replace(
      /\\(\d{3})/g,
      (_, code) => String.fromCharCode(parseInt(code, 8)),
    );
    if (!point || !`${path}/`.startsWith(point === "/" ? "/" : `${point}/`)) continue;
    // Of two mounts at one point the later hides the earlier.
    if (point.length >= found.point.length) found = { point, type: after.split(" ")[0] };
  }
  return found.type;
}
