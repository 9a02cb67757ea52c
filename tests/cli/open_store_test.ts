/** The command line tells in a line why it cannot keep results, at its start and later, and that is no fault of its own. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { openStore } from "../../src/cli/open_store.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import { directories } from "../support/directories.ts";
import { until } from "../support/until.ts";

Deno.test("openStore() tells once what is in the way, and goes on where results need not be kept", async () => {
  await using made = await directories();
  const [file, taken] = [`${made.path}/file`, `${made.path}/taken`];
  await writeFile(file, "");
  await mkdir(`${taken}/edge-compute-globus.sqlite`, { recursive: true });
  const problems = [
    [
      file,
      `Cannot keep results in the directory '${file}': it is a file; set GLOBUS_COMPUTE_USER_DIR to another one`,
    ],
    [
      taken,
      `Cannot write to the SQLite file '${taken}/edge-compute-globus.sqlite': it is a directory: give the path of a ` +
      "file in it; to keep results elsewhere, set GLOBUS_COMPUTE_USER_DIR to another directory",
    ],
  ] as const;
  for (const [directory, problem] of problems) {
    const said: string[] = [];
    const context = {
      env: { GLOBUS_COMPUTE_USER_DIR: directory },
      say: (text: string) => void said.push(text),
    };
    const error = await assertRejects(() => openStore(context, true), UsageError);
    assertEquals([error.message, said], [problem, []]);
    const store = await openStore(context, false);
    assertEquals([await store.commit([{ key: "a", value: "1" }]), said], [true, [problem]]);
  }
});

Deno.test("openStore() gives a store whose later failures are told as those of a file of the user's", async () => {
  await using made = await directories();
  const context = { env: { GLOBUS_COMPUTE_USER_DIR: made.path }, say: () => {} };
  const store = await openStore(context, true);
  for (const end of ["", "-wal", "-shm"]) await rm(`${made.path}/edge-compute-globus.sqlite${end}`);
  const change = { key: "a", value: "1" };
  let error: unknown;
  await until("a rejection", async () => {
    await store.commit([change]).catch((cause) => error = cause);
    return error !== undefined;
  });
  assert(error instanceof UsageError);
  assertEquals(/^Cannot write to the SQLite file '.+': it was removed/.test(error.message), true);
  assertEquals([await store.commit([change]), await store.get("a")], [true, "1"]);
  assertEquals([await store.getMany(["a"]), await store.list("")], [["1"], ["a"]]);
});
