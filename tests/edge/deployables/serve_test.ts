/** `deno task serve`, as a process on Deno and on Node: deliveries become batches once, also after a kill. */
import { assertEquals } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { directories } from "../../store/file_store_support.ts";
import { ROOT, run, runOnDeno, runOnNode } from "../../support/run.ts";
import { checkDeployable } from "./check_deployable.ts";
import { startServerProcess } from "./server_process.ts";
import { setUpWorld } from "./world.ts";

const SCRIPT = "scripts/serve.ts";
const TSX = fileURLToPath(new URL("node_modules/tsx/dist/loader.mjs", ROOT));
const PORT = /Listening on http:\/\/127\.0\.0\.1:(\d+)/;
const RUNTIMES = {
  Deno: { program: Deno.execPath(), args: ["run", "-A", "--quiet", SCRIPT] },
  Node: { program: "node", args: ["--import", TSX, SCRIPT] },
};

for (const [name, { program, args }] of Object.entries(RUNTIMES)) {
  Deno.test(`serve turns deliveries into batches on ${name}, once, however it ends meanwhile`, async () => {
    await using made = await directories();
    await using world = await setUpWorld();
    await checkDeployable(world, () =>
      startServerProcess({
        program,
        args: [...args, "--port", "0", "--store", join(made.path, "store")],
        env: world.env,
        port: PORT,
      }));
  });
}

Deno.test("serve writes a line for a submission, with the trace context of the delivery", async () => {
  await using made = await directories();
  await using world = await setUpWorld();
  const { program, args } = RUNTIMES.Deno;
  const running = await startServerProcess({
    program,
    args: [...args, "--port", "0", "--store", join(made.path, "store")],
    env: world.env,
    port: PORT,
  });
  const push = await world.push("a1");
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  push.headers.set("traceparent", traceparent);
  const answer = await running.send(push);
  const { batchId, taskGroupId } = await answer.json();
  await world.delivered(["a1"]);
  await running.stop();
  const lines = running.printed().split("\n").filter((line) => line.startsWith("{")).map((line) =>
    JSON.parse(line)
  );
  const { time, ...submission } = lines.find(({ kind }) => kind === "batchSubmitted");
  assertEquals(new Date(time).toISOString(), time);
  assertEquals(submission, {
    kind: "batchSubmitted",
    hook: "push",
    batchId,
    deliveryId: "a1",
    traceparent,
    taskGroupId,
  });
});

Deno.test("serve tells what is missing in one line, and ends", async () => {
  await using made = await directories();
  const file = join(made.path, "hooks.ts");
  await writeFile(file, "export const hooks = {};\n");
  const broken = join(made.path, "broken.ts");
  await writeFile(broken, "export function createHooks( {\n");
  const cases: [args: string[], expected: RegExp][] = [
    [[], /^Cannot start: EDGE_BASE_URL is not set; EDGE_LINK_SECRETS is not set; [^\n]+\n$/],
    [
      ["--hooks", file],
      /^Cannot start: the hooks file '[^']+hooks\.ts' exports no function 'createHooks'\n$/,
    ],
    [
      ["--hooks", join(made.path, "none.ts")],
      /^Cannot start: the hooks file '[^']+none\.ts' cannot be loaded: [^\n]+\n$/,
    ],
    [["--hooks", broken], /^Cannot start: the hooks file '[^']+broken\.ts' cannot be loaded: [^\n]+\n$/],
    [["--port", "70000"], /^Cannot use '--port 70000'[^\n]+\n$/],
    [["--unknown"], /^Unknown option '--unknown'[^\n]*\n$/],
  ];
  for (const [args, expected] of cases) {
    await Promise.all([runOnDeno, runOnNode].map(async (runtime) => {
      const { code, stdout, stderr } = await runtime([SCRIPT, ...args]);
      assertEquals([code, stdout, expected.test(stderr)], [1, "", true], `${args}: ${stderr}`);
    }));
  }
});

Deno.test("serve describes itself", async () => {
  const { code, stdout } = await run(Deno.execPath(), ["task", "--quiet", "serve", "--help"]);
  assertEquals(code, 0);
  for (const option of ["--hooks", "--port", "--host", "--store"]) {
    assertEquals(stdout.includes(option), true, option);
  }
});
