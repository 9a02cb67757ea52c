/**
 * The table of a batch's life is what the code does: each of its steps is taken here, by a handler whose every commit is held
 * against it, as those of the other tests of the handler are.
 */
import { assert, assertEquals } from "@std/assert";
import { LANE } from "../../edge/lane.ts";
import { decide, type Decision } from "../../edge/submit/decide.ts";
import {
  type Edge,
  edgeOf,
  type EdgeSetUp,
  goingOn,
  sendOn,
  setUpEdge,
  submissions,
  submitOn,
  worldOf,
} from "./edge_helpers.ts";
import { LIFE, seenSteps, strayCommits } from "./life.ts";

type Answer = (send: () => Promise<Response>) => Promise<Response>;

const taken: Answer = (send) => send();
const refused = (status: number): Answer => () => Promise.resolve(new Response(null, { status }));
const lost: Answer = async (send) => {
  await (await send()).body?.cancel();
  throw new TypeError("reset");
};

/** A handler whose batch has so many tasks, and whose requests meet these answers, one after the other. */
async function setUpAnswers(count: number, answers: readonly Answer[], setUp: EdgeSetUp = {}): Promise<Edge> {
  const queue = [...answers];
  const edge: Edge = await setUpEdge({
    tasks: () => Array.from({ length: count }, (_, n) => [n]),
    fetch: submissions((send) => (queue.shift() ?? taken)(send)),
    ...setUp,
  });
  return edge;
}

/** Sends a delivery, and does what operators decide about its batch, one after the other. */
async function live(edge: Edge, ...decisions: readonly Decision[]): Promise<string> {
  const { body } = await sendOn(edge, edge.request());
  const batchId = String(body.batchId);
  for (const decision of decisions) await goingOn(edge, decide(edge.context, batchId, decision));
  return batchId;
}

/** Sends a delivery whose answer comes after another process has taken the lane, and has noted the doubt. */
async function liveLate(count: number, late: Answer): Promise<void> {
  await using edge = await setUpEdge();
  const { promise: goesOn, resolve: goOn } = Promise.withResolvers<void>();
  let requests = 0;
  const setUp: EdgeSetUp = { store: edge.store, tasks: () => Array.from({ length: count }, (_, n) => [n]) };
  const first = edgeOf({
    ...worldOf(edge),
    ...setUp,
    fetch: submissions(async (send) => {
      if (++requests > 1) return await send();
      const answer = await late(send);
      await goesOn;
      return answer;
    }),
  });
  await goingOn(edge, first.handler(first.request()));
  await edge.store.commit([{ key: `${LANE}/holder`, value: null }, { key: `${LANE}/beat`, value: null }]);
  const second = edgeOf({ ...worldOf(edge), ...setUp });
  await goingOn(edge, second.handler.collect());
  goOn();
  await goingOn(edge, first.idle());
}

const LIVES: readonly (() => Promise<void>)[] = [
  async () => {
    await using edge = await setUpAnswers(1, []);
    edge.local.setFaults({ offline: true });
    const batchId = await live(edge);
    await edge.clock.advance(1_000);
    await edge.handler.collect();
    edge.local.setFaults({ offline: false });
    await edge.clock.advance(60_000);
    await edge.handler.collect();
    await decide(edge.context, batchId, "remove");
  },
  async () => {
    await using edge = await setUpAnswers(1, []);
    await live(edge, "remove");
  },
  async () => {
    await using edge = await setUpAnswers(1, [refused(401)]);
    await live(edge, "remove");
  },
  async () => {
    await using edge = await setUpAnswers(1, [refused(422)], { hook: { answer: "accepted" } });
    const batchId = await live(edge);
    await goingOn(edge, edge.idle());
    await decide(edge.context, batchId, "remove");
  },
  async () => {
    await using edge = await setUpAnswers(1, [lost], { hook: { onDoubt: "submitAgain" } });
    await live(edge);
  },
  async () => {
    await using edge = await setUpAnswers(1, [lost, lost, lost]);
    await live(edge, "submitAgain", "abandon", "remove");
  },
  async () => {
    await using edge = await setUpAnswers(1, [lost]);
    await live(edge, "remove");
  },
  async () => {
    await using edge = await setUpAnswers(1_001, [taken, refused(422), lost]);
    const batchId = await live(edge);
    await edge.clock.advance(1_000);
    await edge.handler.collect();
    await goingOn(edge, decide(edge.context, batchId, "submitAgain"));
    await edge.clock.advance(300_000);
    await edge.handler.collect();
    await goingOn(edge, decide(edge.context, batchId, "adopt"));
  },
  async () => {
    await using edge = await setUpAnswers(2_001, [taken, lost, taken]);
    const batchId = await live(edge);
    await edge.clock.advance(1_000);
    await edge.handler.collect();
    await goingOn(edge, decide(edge.context, batchId, "adopt"));
  },
  async () => {
    await using edge = await setUpAnswers(2_001, [taken, taken, refused(401)]);
    await submitOn(edge, await live(edge));
  },
  async () => {
    await using edge = await setUpAnswers(1_001, [taken, lost]);
    await live(edge, "submitAgain");
  },
  async () => {
    await using edge = await setUpAnswers(1_001, [taken, refused(422)]);
    await live(edge, "abandon");
  },
  async () => {
    await using edge = await setUpAnswers(1_001, [taken, refused(422)]);
    await live(edge, "remove");
  },
  () => liveLate(1, taken),
  () => liveLate(1_001, taken),
  () => liveLate(1, refused(401)),
  () => liveLate(1, refused(422)),
];

Deno.test("each step of the table is taken, and no other one", async () => {
  assert(LIFE.length > 30, `${LIFE.length} rows were read`);
  for (const life of LIVES) await life();
  const steps = LIFE.map(({ from = "-", to }) => `${from} -> ${to}`);
  assertEquals([...seenSteps].sort(), [...new Set(steps)].sort());
  assertEquals(strayCommits, []);
});
