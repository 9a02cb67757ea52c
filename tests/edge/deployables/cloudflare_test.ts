/**
 * The Worker in workerd: deliveries become batches once, also after a kill, and its alarm is set while there
 * is work.
 */
import { assertEquals, assertMatch } from "@std/assert";
import type { Miniflare } from "miniflare";
import { directories } from "../../support/directories.ts";
import { comeAndGo, openFreeStream } from "../../support/open_stream.ts";
import { until } from "../../support/until.ts";
import { SANITIZE, startWorker } from "../killable_worker.ts";
import { checkDeployable, type Deployment } from "./check_deployable.ts";
import { setUpWorld } from "./world.ts";

/** Starts the Worker, with the storage of its object in a directory, and keeps what it prints. */
async function deploy(
  directory: string,
  bindings: Record<string, string>,
  entry = "edge/cloudflare.ts",
): Promise<Deployment & { worker: Miniflare; printed: string[] }> {
  const printed: string[] = [];
  const { worker, kill } = await startWorker({
    entry,
    directory,
    bindings,
    durableObjects: { EDGE: { className: "Edge", useSQLite: true } },
    onPrint: (text) => void printed.push(text),
  });
  return {
    worker,
    printed,
    kill,
    async send(request) {
      const { method, url, headers } = request;
      const init = { method, headers: Object.fromEntries(headers), redirect: "manual" as const };
      const body = method === "POST" ? { body: await request.text() } : {};
      const response = await worker.dispatchFetch(url, { ...init, ...body });
      return new Response(await response.text(), {
        status: response.status,
        headers: Object.fromEntries(response.headers),
      });
    },
    stop: () => worker.dispose(),
  };
}

Deno.test("the Worker turns deliveries into batches, once, however it ends meanwhile", SANITIZE, async () => {
  await using made = await directories();
  await using world = await setUpWorld();
  await checkDeployable(world, () => deploy(made.path, world.env));
});

Deno.test("the Worker's alarm is there while there is work, and not otherwise", SANITIZE, async () => {
  await using made = await directories();
  await using world = await setUpWorld();
  const start = () => deploy(made.path, world.env, "tests/edge/deployables/alarm_worker.ts");
  let { send, stop, kill } = await start();
  const alarm = async (): Promise<number | null> =>
    await (await send(new Request("http://127.0.0.1:9/alarm"))).json();
  const idle = () => until("an end of the alarm", async () => await alarm() === null);
  await idle();
  world.hold();
  const response = await send(await world.push("a1"));
  assertEquals(response.status, 202);
  const firstAtMs = await alarm();
  const afterMs = (firstAtMs ?? Infinity) - Date.now();
  assertEquals(afterMs > -60_000 && afterMs <= 1_000, true, `${afterMs}`);
  // It is set again, and never later than the batch is to be looked at.
  const times = new Set<number>();
  await until("the alarm is set again, twice", async () => {
    const atMs = await alarm() ?? Infinity;
    assertEquals(atMs - Date.now() <= 60_000, true, `${atMs}`);
    return times.add(atMs).size > 2;
  });
  world.release();
  await world.delivered(["a1"]);
  await idle();

  // An object begins with one, as nobody knows what the last one left.
  world.hold();
  assertEquals((await send(await world.push("b1"))).status, 202);
  await send(new Request("http://127.0.0.1:9/forget"));
  await kill();
  world.release();
  ({ send, stop, kill } = await start());
  assertEquals((await send(new Request("http://127.0.0.1:9/compute/livez"))).status, 200);
  await world.delivered(["b1"]);
  await idle();
  await stop();
});

Deno.test(
  "the Worker hears that readers of streams have gone, and their places are free again",
  SANITIZE,
  async () => {
    await using made = await directories();
    await using world = await setUpWorld();
    const { worker, send, stop } = await deploy(made.path, world.env);
    world.hold();
    const response = await send(await world.push("a1"));
    assertEquals(response.status, 202);
    const { pathname, search } = new URL((await response.json()).statusUrl);
    // Over sockets of their own: Miniflare's own way in does not say that a reader has gone.
    const events = new URL(`${pathname}/events${search}`, await worker.ready);
    // Without Cloudflare in front, a connection that is closed on one side alone may still be read.
    for (let i = 0; i < 130; i++) (await openFreeStream(events)).leave("reset");
    assertEquals(await comeAndGo(events, { maxOpen: 100, times: 30, by: "reset" }), [503, 503]);
    world.release();
    await stop();
  },
);

Deno.test(
  "the Worker answers that it is not configured, and logs all that is missing",
  SANITIZE,
  async () => {
    await using made = await directories();
    const { send, stop, printed } = await deploy(made.path, {
      EDGE_BASE_URL: "https://hooks.example.org",
    });
    for (const path of ["hooks/push", "livez", ""]) {
      const response = await send(new Request(`https://hooks.example.org/${path}`));
      const { type, detail } = await response.json();
      assertEquals([response.status, type], [500, "urn:edge-compute:problem:misconfigured"]);
      assertEquals(detail.includes("EDGE_"), false);
    }
    await stop();
    const lines = printed.join("").split("\n").filter((line) => line.includes("misconfigured"));
    assertEquals(lines.length, 1, printed.join(""));
    const { error } = JSON.parse(lines[0] as string);
    assertMatch(
      error.message,
      /^Cannot start: EDGE_LINK_SECRETS is not set; .*GITHUB_WEBHOOK_SECRETS is not set/,
    );
  },
);
