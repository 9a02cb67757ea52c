/** `deno task serve`, as a process on Deno and on Node: deliveries become batches once, also after a kill. */
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { directories } from "../../support/directories.ts";
import { nodePath } from "../../support/node.ts";
import { ROOT } from "../../support/run.ts";
import { checkDeployable } from "./check_deployable.ts";
import { startServerProcess } from "./server_process.ts";
import { setUpWorld } from "./world.ts";

const SCRIPT = "scripts/serve.ts";
const TSX = fileURLToPath(new URL("node_modules/tsx/dist/loader.mjs", ROOT));
const PORT = /Listening on http:\/\/127\.0\.0\.1:(\d+)/;
const RUNTIMES = {
  Deno: { program: Deno.execPath(), args: ["run", "-A", "--quiet", SCRIPT] },
  Node: { program: nodePath(), args: ["--import", TSX, SCRIPT] },
};

for (const [name, { program, args }] of Object.entries(RUNTIMES)) {
  Deno.test(`serve turns deliveries into batches on ${name}, once, however it ends meanwhile`, async () => {
    await using made = await directories();
    await using world = await setUpWorld();
    await checkDeployable(world, () =>
      startServerProcess({
        program,
        args: [...args, "--port", "0", "--store", join(made.path, "store.sqlite")],
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
    args: [...args, "--port", "0", "--store", join(made.path, "store.sqlite")],
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
