import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { directories } from "../../store/file_store_support.ts";
import { runOnDeno } from "../../support/run.ts";
import { checkDeployable } from "./check_deployable.ts";
import { startServerProcess } from "./server_process.ts";
import { setUpWorld } from "./world.ts";

Deno.test("the deployable for Deno turns deliveries into batches, once, however it ends meanwhile", async () => {
  await using made = await directories();
  await using world = await setUpWorld();
  await checkDeployable(world, () =>
    startServerProcess({
      program: Deno.execPath(),
      args: ["run", "-A", "--quiet", "edge/deno.ts"],
      env: {
        ...world.env,
        EDGE_KV_PATH: join(made.path, "kv"),
        DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0",
      },
      port: /"kind":"listening","hostname":"127\.0\.0\.1","port":(\d+)/,
    }));
});

Deno.test("the deployable for Deno tells what is missing in one line, and ends", async () => {
  const { code, stdout, stderr } = await runOnDeno(["edge/deno.ts"]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^Cannot start: EDGE_BASE_URL is not set; EDGE_LINK_SECRETS is not set; [^\n]+\n$/);
});
