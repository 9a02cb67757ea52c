/** sqliteStore() refuses file systems that several machines share, by name, and takes all others. */
import { assertEquals } from "@std/assert";
import { createSqliteStore } from "../../src/store/create_sqlite_store.ts";
import { fileSystemOf, isNetworkFuse } from "../../src/store/network_file_system.ts";
import { put } from "../../src/store/writes.ts";
import { directories } from "../support/directories.ts";

const onLinux = { ignore: Deno.build.os !== "linux" };

/** What a store says whose file is on a file system of a type, and which place was asked about. */
async function problemOn(type: number): Promise<[string, string[]]> {
  await using made = await directories();
  const asked: string[] = [];
  const store = createSqliteStore({
    path: `${made.path}/store.sqlite`,
    synchronous: "full",
    clock: { nowMs: () => Date.now() },
    lockTimeoutMs: 30_000,
    statFileSystem(path) {
      asked.push(path.replace(made.path, "."));
      return Promise.resolve({ type });
    },
  });
  const problem = await put(store, "a", "1").then(
    () => "none",
    ({ message }: Error) => message.replace(made.path, "."),
  );
  await store.close();
  const isMade = await Deno.stat(`${made.path}/store.sqlite`).then(() => true, () => false);
  assertEquals(isMade, problem === "none");
  return [problem, asked];
}

Deno.test({
  ...onLinux,
  name: "sqliteStore() refuses network file systems, and makes no file there",
  async fn() {
    const types: [number, string][] = [
      [0x6969, "NFS"],
      [0x0bd00bd0, "Lustre"],
      [0x47504653, "GPFS"],
      [0xff534d42, "CIFS"],
      [0xff534d42 | 0, "CIFS"], // As a signed number.
      [0xfe534d42, "SMB"],
      [0x19830326, "BeeGFS"],
      [0x00c36400, "Ceph"],
      [0x5346414f, "AFS"],
    ];
    for (const [type, kind] of types) {
      assertEquals(await problemOn(type), [
        `Cannot write to the SQLite file './store.sqlite': it is on a network file system (${kind}), where SQLite ` +
        "damages what several machines write: give a path on a disk of this machine",
        ["."],
      ]);
    }
  },
});

Deno.test({
  ...onLinux,
  name: "sqliteStore() takes the disks of a machine",
  async fn() {
    // ext4, tmpfs, XFS, Btrfs, ZFS, overlayfs, and FUSE, which here is another one's number for a local disk.
    const types = [0xef53, 0x01021994, 0x58465342, 0x9123683e, 0x2fc12fc1, 0x794c7630, 0x65735546];
    for (const type of types) assertEquals(await problemOn(type), ["none", ["."]]);
  },
});

const MOUNTS = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /proc rw shared:5 - proc proc rw
41 22 0:40 / /home rw,nosuid shared:9 master:1 - fuse.sshfs ada@cluster:/home rw,user_id=0
42 41 0:41 / /home/ada/local\\040disk rw - fuse.ntfs-3g /dev/sdb1 rw
43 22 0:42 / /data rw - ext4 /dev/sdc1 rw
44 43 0:43 / /data rw - fuse.s3fs s3fs rw
`;

Deno.test("the file system of a path is that of the deepest mount, the latest at one point", () => {
  const expected: Record<string, string> = {
    "/": "ext4",
    "/tmp/store.sqlite": "ext4",
    "/homes/store.sqlite": "ext4",
    "/home": "fuse.sshfs",
    "/home/ada/store.sqlite": "fuse.sshfs",
    "/home/ada/local disk/store.sqlite": "fuse.ntfs-3g",
    "/data/store.sqlite": "fuse.s3fs",
  };
  for (const [path, type] of Object.entries(expected)) assertEquals(fileSystemOf(path, MOUNTS), type, path);
  assertEquals(fileSystemOf("/tmp", ""), undefined);
});

Deno.test("a FUSE file system is refused where it is one of a network", () => {
  for (
    const type of [
      "fuse.sshfs",
      "fuse.glusterfs",
      "fuse.s3fs",
      "fuse.rclone",
      "fuse.ceph-fuse",
      "fuse.gcsfuse",
    ]
  ) {
    assertEquals(isNetworkFuse(type), true, type);
  }
  for (
    const type of ["fuse.ntfs-3g", "fuse.fuse-overlayfs", "fuseblk", "fuse", "virtiofs", "fuse.gocryptfs"]
  ) {
    assertEquals(isNetworkFuse(type), false, type);
  }
});
