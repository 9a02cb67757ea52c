/**
 * sqliteStore() keeps what it has on disks that are full or read-only, and a commit that is too large is not the fault of
 * those that wait with it.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { execFileSync } from "node:child_process";
import { chmod, rm, writeFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import { put } from "../../src/store/writes.ts";
import { directories } from "../support/directories.ts";
import { ROOT } from "../support/run.ts";
import { keysOf } from "./store_case.ts";
import { checkAfterCrash } from "./store_round.ts";

const PROCESS = fileURLToPath(new URL("store_process.ts", import.meta.url));

Deno.test("sqliteStore() keeps what it has on a file system that is read-only", async (t) => {
  await using made = await directories();
  const path = `${made.path}/store.sqlite`;
  {
    await using store = sqliteStore(path);
    await put(store, "a", "1");
  }
  const checkRefused = async () => {
    await using store = sqliteStore(path);
    await assertRejects(
      () => put(store, "a", "2"),
      Error,
      `Cannot write to the SQLite file '${path}': this process may not write it or its directory, or the file system ` +
        "is read-only",
    );
  };
  await t.step({
    name: "by its permissions",
    // An administrator may write all the same.
    ignore: await mayWriteAll(`${made.path}/read-only`),
    async fn() {
      for (const [place, closed, open] of [[made.path, 0o500, 0o700], [path, 0o400, 0o600]] as const) {
        await chmod(place, closed);
        await checkRefused();
        await chmod(place, open);
      }
    },
  });
  await t.step({
    name: "by its mount",
    ignore: !canMount(),
    async fn() {
      mount("--bind", made.path, made.path);
      try {
        mount("-o", "remount,ro,bind", made.path);
        await checkRefused();
      } finally {
        execFileSync("umount", [made.path]);
      }
    },
  });
  await using store = sqliteStore(path);
  assertEquals(await store.get("a"), "1");
});

Deno.test({
  name: "sqliteStore() keeps what it has on a full disk, and fails no commit for another one's size",
  ignore: !canMount(),
  async fn() {
    await using made = await directories();
    mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", made.path);
    try {
      await writeFile(`${made.path}/ballast`, "x".repeat(3.2e6));
      await using store = sqliteStore(`${made.path}/store.sqlite`);
      await put(store, "first", "1");
      // All in one transaction, of which one is too large.
      const small = Array.from({ length: 20 }, (_, i) => put(store, `small ${i}`, `${i}`));
      const large = put(store, "large", "x".repeat(950_000));
      const more = Array.from({ length: 20 }, (_, i) => put(store, `more ${i}`, `${i}`));
      await assertRejects(() => large, Error, "the disk is full");
      await Promise.all([...small, ...more]);
      assertEquals((await keysOf(store)).length, 41);

      let kept = 0;
      const fill = async () => {
        for (;; kept++) await put(store, `filled ${kept}`, `${kept} ${"x".repeat(5_000)}`);
      };
      await assertRejects(fill, Error, "the disk is full");
      assert(kept > 10);
      for (let i = 0; i < kept; i++) {
        assertEquals(await store.get(`filled ${i}`), `${i} ${"x".repeat(5_000)}`);
      }
      assertEquals(await store.get(`filled ${kept}`), undefined);
      await rm(`${made.path}/ballast`);
      await put(store, `filled ${kept}`, "1");
      assertEquals((await keysOf(store, "filled")).length, kept + 1);
    } finally {
      execFileSync("umount", [made.path]);
    }
  },
});

Deno.test("sqliteStore() has each commit whole after a process met the largest size of a file", async () => {
  await using made = await directories();
  const path = `${made.path}/store.sqlite`;
  for (const [i, kB] of [300, 900, 2000].entries()) {
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: [
        "-c",
        'trap "" XFSZ; ulimit -f "$1"; shift; exec "$@"',
        "bash",
        `${kB}`,
        Deno.execPath(),
        ...["run", "-A", "--quiet", PROCESS, "sqlite", path, `p${i}`, "10000"],
      ],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals(code, 1);
    const told = new TextDecoder().decode(stderr);
    assertStringIncludes(told, `Cannot write to the SQLite file '${path}'`);
    assertStringIncludes(told, "the commit may have been made: read before you go on");
    await using store = sqliteStore(path);
    await checkAfterCrash(store, { [`p${i}`]: stdout.length });
  }
});

async function mayWriteAll(path: string): Promise<boolean> {
  await writeFile(path, "", { mode: 0o400 });
  return await writeFile(path, "").then(() => true, () => false);
}

function mount(...args: readonly string[]): void {
  execFileSync("mount", [...args], { stdio: "pipe" });
}

/** A container may have an administrator who may not mount. */
function canMount(): boolean {
  const say = (reason: string) => {
    process.stderr.write(`Not run: file systems that are full or read-only, as ${reason}\n`);
    return false;
  };
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    return say("they need an administrator on Linux");
  }
  const directory = Deno.makeTempDirSync();
  try {
    mount("-t", "tmpfs", "tmpfs", directory);
    execFileSync("umount", [directory]);
    return true;
  } catch (error) {
    return say(`mount fails: ${error}`);
  } finally {
    Deno.removeSync(directory);
  }
}
