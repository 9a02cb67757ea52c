/**
 * The deployable for Deno, as a process: deliveries become batches once, also after a kill, and it says why
 * it ends.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { directories } from "../../support/directories.ts";
import { ROOT, runOnDeno } from "../../support/run.ts";
import { checkDeployable } from "./check_deployable.ts";
import { type ServerProcess, startServerProcess } from "./server_process.ts";
import { setUpWorld, type World } from "./world.ts";

Deno.test("the deployable for Deno turns deliveries into batches, once, however it ends meanwhile", async () => {
  await using made = await directories();
  await using world = await setUpWorld();
  await checkDeployable(world, () => startServerProcess(processOf(world, made.path)));
});

/** How it is started, with a database in a directory; `preloaded` is a module that comes before it. */
function processOf({ env }: World, directory: string, preloaded?: string): ServerProcess {
  return {
    program: Deno.execPath(),
    args: ["run", "-A", "--quiet", ...(preloaded ? ["--preload", preloaded] : []), "edge/deno.ts"],
    env: { ...env, EDGE_KV_PATH: join(directory, "kv"), DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0" },
    port: /"kind":"listening","hostname":"127\.0\.0\.1","port":(\d+)/,
  };
}

Deno.test("the deployable for Deno says in one line why it ends", async (t) => {
  await using made = await directories();
  await using world = await setUpWorld();
  const withModule = async (source: string) => {
    const file = join(made.path, "first.js");
    await writeFile(file, source);
    return processOf(world, made.path, file);
  };
  const endOf = async ({ program, args, env }: ServerProcess) => {
    const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args], env, cwd: ROOT })
      .output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  };
  const lastLine = (printed: string) => {
    const { time: _, ...line } = JSON.parse(printed.trimEnd().split("\n").at(-1) ?? "");
    return line;
  };

  await t.step("by a signal", async () => {
    const { end, printed } = await startServerProcess(processOf(world, made.path));
    assertEquals(await end("SIGTERM"), 0);
    assertEquals(lastLine(printed()), { kind: "stopped", signal: "SIGTERM", isFinished: true });
  });
  for (
    const [name, statement] of [
      ["an error", 'throw new RangeError("two\\nlines")'],
      ["a rejection", 'void Promise.reject(new RangeError("two\\nlines"))'],
    ]
  ) {
    await t.step(`by ${name} that nothing catches`, async () => {
      const source = `Deno.addSignalListener("SIGUSR2", () => { ${statement}; });\n`;
      const { end, printed } = await startServerProcess(await withModule(source));
      assertEquals(await end("SIGUSR2"), 1);
      const error = { name: "RangeError", message: "two lines" };
      assertEquals(lastLine(printed()), { kind: "ended", cause: "a failure was not caught", error });
    });
  }
  await t.step("as nothing goes on", async () => {
    const { code, stdout, stderr } = await endOf(
      await withModule(`
        const { serve } = Deno;
        const unreferenced = (...args) => {
          const server = serve(...args);
          server.unref();
          return server;
        };
        Object.defineProperty(Deno, "serve", { value: unreferenced });
        Object.defineProperty(Deno, "cron", { value() {} });
        Object.defineProperty(Deno, "addSignalListener", { value() {} });
        const { setTimeout } = globalThis;
        globalThis.setTimeout = (...args) => {
          const timer = setTimeout(...args);
          Deno.unrefTimer(timer);
          return timer;
        };
      `),
    );
    assertEquals([code, stderr], [0, ""]);
    assertEquals(lastLine(stdout), { kind: "ended", cause: "nothing was left that could happen" });
  });
  await t.step("as the port is taken", async () => {
    await using taken = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response());
    const { env, ...process } = processOf(world, made.path);
    const address = `tcp:127.0.0.1:${taken.addr.port}`;
    const { code, stderr } = await endOf({ ...process, env: { ...env, DENO_SERVE_ADDRESS: address } });
    assertEquals(code, 1);
    assertMatch(stderr, /^Cannot start: Address already in use[^\n]*\n$/);
  });
  await t.step("as the database cannot be opened", async () => {
    const { code, stderr } = await endOf(processOf(world, join(made.path, "none", "at", "all")));
    assertEquals(code, 1);
    assertMatch(stderr, /^Cannot start: [^\n]+\n$/);
  });
});

Deno.test("the deployable for Deno tells what is missing in one line, and ends", async () => {
  const { code, stdout, stderr } = await runOnDeno(["edge/deno.ts"]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^Cannot start: EDGE_BASE_URL is not set; EDGE_LINK_SECRETS is not set; [^\n]+\n$/);
});
