/** Proves that a call still ends with an error where the code that explains it cannot be loaded. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { mkdtemp, readdir, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Module from "../../mod.ts";
import { createObservedFetch, json } from "../support/observed_fetch.ts";
import { ROOT } from "../support/run.ts";
import { id } from "../support/task_helpers.ts";

const STATUS = "POST /v2/batch_status";
const ENTRY = "mod.js";

/** Bundles the client as a page of the browser has it, and takes away all that is loaded on demand. */
async function withStartAlone(run: (module: typeof Module) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "globus-start-"));
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--code-splitting", "--platform=browser", `--outdir=${folder}`, "mod.ts"],
      cwd: ROOT,
      stdin: "null",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    const start = await importedFrom(folder, ENTRY);
    const onDemand = (await readdir(folder)).filter((name) => !start.has(name));
    assert(onDemand.length > 2, "nothing is loaded on demand");
    for (const name of onDemand) await unlink(join(folder, name));
    await run(await import(pathToFileURL(join(folder, ENTRY)).href));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The modules that come with one. */
async function importedFrom(folder: string, entry: string): Promise<Set<string>> {
  const names = new Set([entry]);
  for (const name of names) {
    const code = await Deno.readTextFile(join(folder, name));
    for (
      const [, named, alone] of code.matchAll(
        /^(?:import|export|\}) .*?from "\.\/([^"]+)"|^import "\.\/([^"]+)"/gm,
      )
    ) {
      names.add((named ?? alone) as string);
    }
  }
  return names;
}

Deno.test("an error is thrown, and tasks fail, where what explains them cannot be loaded", async (t) => {
  await withStartAlone(async ({ accessToken, createClient, getBatchResult, memoryStore }) => {
    const fetch = createObservedFetch();
    const client = createClient({ authorizer: accessToken("token"), fetch, maxAttempts: 1 });
    const failure = () => getBatchResult(client, [id(1)]).then(() => undefined, (error) => error);

    await t.step("an error of the service has its status", async () => {
      fetch.queue(STATUS, json({ code: "X", detail: "D" }, { status: 503, headers: { "retry-after": "7" } }));
      const { name, message, status, retryable, retryAfterMs, serviceCode } = await failure();
      assertEquals({ name, message, status, retryable, retryAfterMs, serviceCode }, {
        name: "ComputeHttpError",
        message: `${STATUS} failed: 503`,
        status: 503,
        retryable: true,
        retryAfterMs: 7_000,
        serviceCode: undefined,
      });
    });

    await t.step("a refusal is one", async () => {
      fetch.queue(STATUS, json({ code: "X" }, { status: 403 }));
      const { name, message, status } = await failure();
      assertEquals({ name, message, status }, {
        name: "ComputeAuthorizationError",
        message: `${STATUS} failed: 403`,
        status: 403,
      });
    });

    await t.step("a result that cannot be read now is not lost", async () => {
      const result = "11\nNaN";
      const stored = memoryStore();
      const keeping = createClient({
        authorizer: accessToken("token"),
        fetch,
        store: stored,
        maxAttempts: 1,
      });
      fetch.queue(STATUS, json({ results: { [id(2)]: { task_id: id(2), status: "success", result } } }));
      await assertRejects(() => getBatchResult(keeping, [id(2)]), TypeError);
      assertEquals((await stored.get(`result/${id(2)}`))?.endsWith(`\n${result}`), true);
    });

    await t.step("a task that failed has the whole text", async () => {
      const exception = 'Traceback (most recent call last):\n  File "<string>", line 2, in f\nKeyError: 1\n';
      fetch.queue(STATUS, json({ results: { [id(1)]: { task_id: id(1), status: "failed", exception } } }));
      const [outcome] = await getBatchResult(client, [id(1)]);
      assert(outcome?.state === "failed");
      const { name, taskId, kind, type, pythonMessage, frames, traceback } = outcome.error;
      assertEquals({ name, taskId, kind, type, pythonMessage, frames, traceback }, {
        name: "ComputeTaskError",
        taskId: id(1),
        kind: "exception",
        type: "unknown",
        pythonMessage: exception,
        frames: [],
        traceback: exception,
      });
    });
  });
});
