/** What a poll brings changes each task once, in whatever order processes write it. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ComputeDecodeError, type TaskOutcome } from "../../../mod.ts";
import { countTasks, mergeNews, MISSING_MS, newsOf } from "../../../edge/collect/task_news.ts";
import type { TaskEntry } from "../../../edge/records/batch_record.ts";

const taskId = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
const pending: TaskEntry = { taskId, state: "pending", status: "waiting-for-ep" };

/** Looks at it after five seconds. */
function newsAt(entry: TaskEntry, outcome: TaskOutcome, nowMs = 5_000): TaskEntry | undefined {
  const { missingSinceMs } = entry;
  const missingForMs = missingSinceMs === undefined ? undefined : nowMs - missingSinceMs;
  return newsOf(entry, outcome, { nowMs, missingForMs });
}

Deno.test("newsOf() tells what an outcome changes", () => {
  const completedAt = new Date(1_000);
  const cases: [entry: TaskEntry, outcome: TaskOutcome, news: TaskEntry | undefined][] = [
    [pending, { taskId, state: "pending", status: "waiting-for-ep" }, undefined],
    [pending, { taskId, state: "pending", status: "running" }, {
      taskId,
      state: "pending",
      status: "running",
    }],
    [pending, { taskId, state: "success", result: 1, completedAt }, {
      taskId,
      state: "success",
      completedAtMs: 1_000,
    }],
    [pending, { taskId, state: "success", result: 1 }, { taskId, state: "success" }],
    [pending, { taskId, state: "notFound" }, { ...pending, missingSinceMs: 5_000 }],
    [{ ...pending, missingSinceMs: 4_000 }, { taskId, state: "notFound" }, undefined],
    [{ ...pending, missingSinceMs: 5_000 - MISSING_MS }, { taskId, state: "notFound" }, {
      taskId,
      state: "notFound",
    }],
    [{ ...pending, missingSinceMs: 4_000 }, { taskId, state: "pending", status: "waiting-for-ep" }, pending],
    [{ ...pending, missingSinceMs: 4_000 }, { taskId, state: "success", result: 1 }, {
      taskId,
      state: "success",
    }],
  ];
  for (const [entry, outcome, news] of cases) assertEquals(newsAt(entry, outcome), news);
});

Deno.test("newsOf() waits for a result that was handed over before, and not for one that cannot be read", () => {
  const error = new ComputeDecodeError("no", { raw: "" });
  const gone: TaskOutcome = { taskId, state: "undecodable", raw: "", error };
  assertEquals(newsAt(pending, gone), { ...pending, missingSinceMs: 5_000 });
  assertEquals(newsAt({ ...pending, missingSinceMs: -MISSING_MS }, gone), {
    taskId,
    state: "undecodable",
  });
  assertEquals(newsAt(pending, { ...gone, raw: "99\nx" }), { taskId, state: "undecodable" });
});

Deno.test("mergeNews() comes to the same in whatever order processes write, and takes no end back", () => {
  const states = fc.constantFrom<TaskEntry["state"]>(
    "pending",
    "success",
    "failed",
    "notFound",
    "undecodable",
  );
  const news = fc.array(fc.tuple(fc.nat(2), states), { maxLength: 8 });
  const start: TaskEntry[] = [0, 1, 2].map((index) => ({ taskId: `t${index}`, state: "pending" }));
  const isFinal = ({ state }: TaskEntry) => state !== "pending" && state !== "notFound";
  fc.assert(fc.property(news, (written) => {
    let entries = start;
    for (const [index, state] of written) {
      const before = entries;
      const merged = mergeNews(entries, new Map([[index, { taskId: `t${index}`, state }]]));
      entries = merged ?? entries;
      for (const [place, entry] of before.entries()) {
        if (isFinal(entry)) assertEquals(entries[place], entry);
        if (entry.state === "notFound") assertEquals(entries[place]?.state === "pending", false);
      }
    }
    for (const [index] of start.entries()) {
      const own = written.filter(([place]) => place === index).map(([, state]) => ({ taskId: "", state }));
      const expected = own.find(isFinal)?.state ?? own.find(({ state }) => state === "notFound")?.state ??
        "pending";
      assertEquals(entries[index]?.state, expected);
    }
  }));
  assertEquals(mergeNews(start, new Map([[0, { taskId: "another", state: "success" }]])), undefined);
  assertEquals(mergeNews(start, new Map([[7, { taskId: "t7", state: "success" }]])), undefined);
});

Deno.test("countTasks() counts each task once", () => {
  const states = ["pending", "success", "success", "failed", "notFound", "undecodable"] as const;
  // The service does not have three of them yet.
  assertEquals(countTasks(states.map((state) => ({ taskId, state })), states.length + 3), {
    pending: 4,
    success: 2,
    failed: 1,
    lost: 2,
  });
});
