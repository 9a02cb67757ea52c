/** The pages show a batch and its tasks, and text from outside stays text. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { indentedJson } from "../../../edge/watch/page/indented_json.ts";
import { durationText, percentEnded } from "../../../edge/watch/page/words.ts";
import { success } from "../../support/task_helpers.ts";
import {
  AS_OPERATOR,
  BATCH_ID,
  failure,
  seedBatch,
  seedBatches,
  setUpWatch,
  UNREADABLE,
} from "./watch_helpers.ts";

const HOSTILE = `"><img src=x onerror=alert(1)>'&lt;</pre><script>alert(2)</script>`;

/** The text of what an element with this id holds, as a browser shows it. */
function textOf(page: string, tag: string, elementId: string): string {
  const [, rest = ""] = page.split(new RegExp(`<${tag}\\s[^>]*id="${elementId}"`));
  return rest.slice(rest.indexOf(">") + 1).split(`</${tag}>`)[0]?.replace(/<[^>]*>/g, " ").replace(
    /\s+/g,
    " ",
  )
    .trim() ?? "";
}

Deno.test("the page of a batch shows how far it is, and each task with what came of it", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [success({ co2: 421.4 }), failure(), UNREADABLE, undefined]);
  const page = await (await world.getByLink("/view")).text();
  assertMatch(page, /^\s*<!DOCTYPE html>\s*<html lang="en">/);
  assertMatch(page, /<title>75 % · simulate<\/title>/);
  assertMatch(page, /<progress\s+id="progress"\s+max="4"\s+value="3"/);
  assertEquals(textOf(page, "label", "ended"), "3 of 4 tasks have ended");
  assertEquals(textOf(page, "span", "state"), "Running");
  assertStringIncludes(page, "{&quot;co2&quot;: 421.4}");
  assertStringIncludes(page, "ZeroDivisionError</span>: division by zero");
  assertStringIncludes(page, "File &quot;&lt;string&gt;&quot;, line 2, in divide");
  assertStringIncludes(page, "waiting-for-nodes");
  assertMatch(textOf(page, "p", "failures"), /^Failed tasks 1$/);
  for (const route of ["results.json", "results.csv"]) {
    assertMatch(page, new RegExp(`href="/compute/batches/${BATCH_ID}/${route}\\?capability=[\\w.-]+"`));
  }
  assertMatch(page, /<noscript\s*><meta http-equiv="refresh"/);
});

Deno.test("the page of a batch that has ended reloads nothing and runs no script", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [success(1)], { createdAtMs: world.clock.nowMs() - 3_725_000 });
  const page = await (await world.getByLink("/view")).text();
  assert(!page.includes("<script") && !page.includes("http-equiv") && !page.includes("data-events"));
  assertStringIncludes(textOf(page, "dl", "facts"), "after 1 h 2 min");
});

Deno.test("what comes from outside is text on a page, whatever it is", async () => {
  const world = await setUpWatch({ hooks: {} });
  const error = { status: "failed", exception: HOSTILE, completion_t: "1677183605.5" };
  const tasks = [
    success(HOSTILE),
    success({ [HOSTILE]: HOSTILE }),
    failure(HOSTILE),
    error,
    success([HOSTILE.repeat(9)]),
  ];
  await seedBatch(world, tasks, {
    deliveryId: HOSTILE,
    hook: HOSTILE,
    taskGroupId: HOSTILE,
    commit: { repository: HOSTILE, sha: HOSTILE },
    submission: { attempts: 1, problem: HOSTILE },
  });
  await seedBatch(world, [undefined], {
    id: "doubt",
    state: "inDoubt",
    doubt: { attemptId: "a", start: 0, count: 1, message: HOSTILE, sinceMs: 0, recoveredTaskIds: [HOSTILE] },
  });
  await seedBatch(world, [undefined, undefined], {
    id: "rest",
    state: "partlySubmitted",
    takenCount: 1,
    submission: { attempts: 1, problem: HOSTILE },
  });
  const pages = [
    await world.getByLink("/view"),
    await world.get("/batches/rest/view", { headers: AS_OPERATOR }),
    await world.get("/batches/doubt/view", { headers: AS_OPERATOR }),
    await world.get(`/?after=${encodeURIComponent(HOSTILE)}`, { headers: AS_OPERATOR }),
    await world.getByLink(`/view?start=${encodeURIComponent(HOSTILE)}`),
    await world.getByLink(`/view?reload=${encodeURIComponent(HOSTILE)}`),
  ];
  for (const response of pages) {
    const page = await response.text();
    assert(!page.includes("<img") && !page.includes("alert(2)</script>"), page);
  }
});

Deno.test("the page of a batch has its tasks in pages, and the way to those that failed", async () => {
  const world = await setUpWatch();
  const tasks = Array.from({ length: 160 }, (_, index) => index % 5 === 4 ? failure() : success(index));
  await seedBatch(world, tasks);
  const first = await (await world.getByLink("/view")).text();
  assertEquals([...first.matchAll(/<tr[^>]*id="task-(\d+)"/g)].length, 50);
  assertStringIncludes(first, "Tasks 0 to 49 of 160");
  const failures = first.split('id="failures"')[1]?.split("</p>")[0] ?? "";
  assertEquals([...failures.matchAll(/<a\s+href="#task-/g)].length, 10, "those of this page are near");
  assertMatch(failures, /start=50(?:&amp;|&)count=50#task-54"/);
  assertMatch(textOf(first, "p", "failures"), /and 8 more$/);
  const next = /rel="next"\s+href="([^"]+)"/.exec(first)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const second = await (await world.get(next.replace("/compute", ""))).text();
  assertStringIncludes(second, "Tasks 50 to 99 of 160");
  assertMatch(second, /rel="prev"/);
  assertEquals((await world.getByLink("/view?count=201")).status, 400);
  assertStringIncludes(await (await world.getByLink("/view?start=500")).text(), "There is no task here");
});

Deno.test("a long result is folded, and a very long one cut", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [success("short"), success("long ".repeat(40)), success("x".repeat(9_000_000))]);
  const response = await world.getByLink("/view");
  const page = await response.text();
  assert(page.length < 40_000, `${page.length}`);
  const [, first = "", second = "", third = ""] = page.split(/<tr[^>]*id="task-\d+"/);
  assert(!first.includes("<details") && second.includes("<details") && !second.includes("The whole of it"));
  assertStringIncludes(third, "The whole of it is in");
});

Deno.test("an operator sees the batches, the newest first, and a link to share on each page", async () => {
  const world = await setUpWatch();
  await seedBatches(world, 60);
  const seen: string[] = [];
  let path: string | undefined = "/";
  let pages = 0;
  while (path !== undefined) {
    const page: string = await (await world.get(path, { headers: AS_OPERATOR })).text();
    seen.push(...[...page.matchAll(/batches\/(batch-\d+)\/view/g)].map(([, batchId]) => batchId ?? ""));
    path = /rel="next"\s+href="\/compute([^"]+)"/.exec(page)?.[1]?.replaceAll("&amp;", "&");
    if (++pages === 1) {
      assertStringIncludes(page, "1 failed");
      assertStringIncludes(page, "simulate");
      assertStringIncludes(page, "1 function");
    }
  }
  assertEquals([pages, seen], [3, Array.from({ length: 60 }, (_, index) => `batch-${59 - index}`)]);

  const page = await (await world.get("/batches/batch-59/view", { headers: AS_OPERATOR })).text();
  const link = /value="https:\/\/hooks\.example\.org\/compute([^"]+)"/.exec(page)?.[1] ?? "";
  assertEquals((await world.get(link)).status, 200);
  assert(!(await (await world.get(link)).text()).includes("Share it"));
});

Deno.test("an operator sees what a hook is, and no secret of it", async () => {
  const deliver = {
    url: "https://receiver.example.org/secret-path",
    secret: `whsec_${btoa("s".repeat(32))}`,
  };
  const commitStatus = { token: "ghp_secret" };
  const world = await setUpWatch();
  const hook = world.context.hooks.get("simulate");
  assert(hook !== undefined);
  const other = await setUpWatch({
    hooks: { simulate: { ...hook, deliver, commitStatus } },
    resolveAddresses: () => Promise.resolve([]),
  });
  const page = await (await other.get("/", { headers: AS_OPERATOR })).text();
  assertStringIncludes(page, "they are delivered, the commit is told");
  assert(!page.includes("secret-path") && !page.includes("whsec_") && !page.includes("ghp_"));
});

Deno.test("indentedJson() keeps short parts on a line", () => {
  assertEquals(indentedJson({ a: [1, 2], b: null }), '{"a":[1,2],"b":null}');
  const long = {
    numbers: Array.from({ length: 30 }, (_, index) => index + 100),
    parts: [{ a: 1 }, { a: 2 }],
  };
  assertEquals(indentedJson(long).split("\n").slice(0, 2), ["{", '  "numbers": [']);
  assertStringIncludes(indentedJson(long), '\n  "parts": [{"a":1},{"a":2}]\n}');
  assertEquals(JSON.parse(indentedJson(long)), long);
});

Deno.test("durationText() has two units, and percentEnded() is 100 at the end alone", () => {
  const cases: [ms: number, text: string][] = [
    [0, "0 s"],
    [-5, "0 s"],
    [59_400, "59 s"],
    [60_000, "1 min"],
    [200_000, "3 min 20 s"],
    [3_600_000, "1 h"],
    [3_605_000, "1 h"],
    [90_061_000, "1 d 1 h"],
  ];
  for (const [ms, text] of cases) assertEquals(durationText(ms), text);
  assertEquals([percentEnded(0, 3), percentEnded(999, 1_000), percentEnded(3, 3)], ["0 %", "99 %", "100 %"]);
});
