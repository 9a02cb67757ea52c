import { assert, assertEquals } from "@std/assert";
import { commitOf, type World } from "./world.ts";

/** A deployable that runs. */
export interface Deployment {
  send(request: Request): Promise<Response>;
  /** Ends it without a word. */
  kill(): Promise<void>;
  /** Has it end by itself. */
  stop(): Promise<void>;
}

/**
 * Holds a deployable to what all of them promise: a signed delivery becomes a batch, once, and its results arrive by
 * themselves, however the process ends meanwhile. `start` starts it on the same store each time.
 */
export async function checkDeployable(world: World, start: () => Promise<Deployment>): Promise<void> {
  const deliver = async (deployment: Deployment, id: string) => {
    const response = await deployment.send(await world.push(id));
    return { status: response.status, headers: response.headers, body: await response.text() };
  };

  let running = await start();
  const first = await deliver(running, "a1");
  assertEquals([first.status, JSON.parse(first.body).state], [202, "running"], first.body);
  await world.delivered(["a1"]);
  const [message] = world.taken;
  assertEquals([message?.state, message?.tasks.map(({ result }) => result)], ["done", [commitOf("a1")]]);
  const forged = await world.push("a2");
  forged.headers.set("x-hub-signature-256", `sha256=${"0".repeat(64)}`);
  const refused = await running.send(forged);
  assertEquals([refused.status, (await refused.json()).status], [401, 401]);

  world.hold();
  const ids = ["b1", "b2", "b3"];
  const answers = await Promise.all(ids.map((id) => deliver(running, id)));
  assertEquals(answers.map(({ status }) => status), [202, 202, 202]);
  const unanswered = ["c1", "c2", "c3", "c4"];
  const left = unanswered.map((id) => deliver(running, id).catch(() => undefined));
  // One is enough for the others to be on their way.
  await Promise.race(left);
  await running.kill();
  const answered = (await Promise.all(left)).map((answer, i) =>
    answer?.status === 202 ? unanswered[i] : undefined
  )
    .filter((id) => id !== undefined);

  running = await start();
  world.release();
  await world.delivered([...ids, ...answered]);
  for (const [i, id] of ids.entries()) {
    const again = await deliver(running, id);
    assertEquals([again.status, again.body], [202, answers[i]?.body]);
    assertEquals(again.headers.get("idempotent-replayed"), "true");
  }

  world.hold();
  assertEquals((await deliver(running, "d1")).status, 202);
  await running.stop();
  world.release();
  running = await start();
  await world.delivered(["d1"]);

  const { statusUrl } = JSON.parse(first.body) as { statusUrl: string };
  const shown = await running.send(new Request(statusUrl));
  assertEquals([shown.status, (await shown.json()).state], [200, "done"]);
  const operator = { authorization: `Bearer ${world.env.EDGE_OPERATOR_TOKENS}` };
  const list = await running.send(new Request("http://127.0.0.1:9/compute/", { headers: operator }));
  assertEquals(list.status, 200);
  await list.text();
  for (const path of ["livez", "readyz"]) {
    const response = await running.send(new Request(`http://127.0.0.1:9/compute/${path}`));
    assertEquals([response.status, (await response.json()).status], [200, "pass"]);
  }
  await running.stop();

  const runs = world.runs();
  assertEquals(runs.length, new Set(runs).size, runs.join());
  for (const id of ["a1", "d1", ...ids, ...answered]) assert(runs.includes(commitOf(id)), id);
  // What the sender has no answer to may still be on its way.
  const messages = new Map(world.taken.map(({ id, deliveryId }) => [id, deliveryId]));
  assertEquals(messages.size, new Set(messages.values()).size, [...messages].join());
}
