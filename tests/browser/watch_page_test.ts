/**
 * The page of a batch in a real browser: it follows the batch without a reload, works without a script, and
 * is accessible.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { until } from "../support/until.ts";
import { openBrowserWorld, OPERATOR_TOKEN, shoot } from "./browser_world.ts";
import { assertAccessible, assertFits } from "./page_checks.ts";

const AS_OPERATOR = { httpCredentials: { username: "operator", password: OPERATOR_TOKEN } };
const SCHEMES = ["light", "dark"] as const;

async function untilState(page: Page, word: string): Promise<void> {
  await page.locator("#state", { hasText: new RegExp(`^${word}$`) }).waitFor();
}

Deno.test("the page of a running batch fills its bar to the end without a reload", async () => {
  await using world = await openBrowserWorld();
  await using opened = await world.open();
  const { page, problems } = opened;
  const { viewUrl } = await world.send({ tasks: 8, gate: "tasks" });
  let loads = 0;
  page.on("load", () => void loads++);
  await page.goto(viewUrl);
  await untilState(page, "Running");
  await page.evaluate(`
    globalThis.seen = [];
    new MutationObserver(() => globalThis.seen.push(document.querySelector("#progress").value))
      .observe(document.querySelector("#progress"), { attributeFilter: ["value"] });
  `);
  const title = await page.title();
  assertMatch(title, /^\d+ % · co2-on-push$/);
  await shoot(page, "running-light");

  for (const ended of [2, 5]) {
    await world.release("tasks", ended);
    await page.locator(`#progress[value="${ended}"]`).waitFor();
    assertEquals(await page.locator("#ended").textContent(), `${ended} of 8 tasks have ended`);
  }
  await world.release("tasks", 8);
  await untilState(page, "Done");
  const seen = [...new Set(await page.evaluate<number[]>("globalThis.seen"))];
  assertEquals(seen, seen.toSorted((one, other) => one - other), "the bar never goes back");
  assertEquals([seen.includes(2), seen.includes(5), seen.at(-1)], [true, true, 8], `${seen}`);
  assertEquals(await page.locator("#ended").textContent(), "8 of 8 tasks have ended");
  assertEquals(await page.locator("#percent").textContent(), "100 %");
  assertEquals(await page.locator("#count-success").textContent(), "7");
  await page.locator("#news", { hasText: /^All tasks have ended, 1 failed$/ }).waitFor({ state: "attached" });
  assertEquals(await page.title(), "co2-on-push");
  assertStringIncludes(await page.locator("#task-0").textContent() ?? "", '{"year": 1960, "co2": 317.58');
  assertEquals(loads, 1);

  await page.locator("#failures a", { hasText: /^3$/ }).click();
  const traceback = page.locator("#task-3 pre");
  assert(!await traceback.isVisible());
  await page.locator("#task-3 summary").focus();
  await page.keyboard.press("Enter");
  assertStringIncludes(await traceback.textContent() ?? "", "ZeroDivisionError: division by zero");
  assert(await traceback.isVisible());
  await shoot(page, "failed-task-light");
  assertEquals([loads, problems], [1, []]);
});

Deno.test("the page tells of one state at a time, though its events are late", async () => {
  await using world = await openBrowserWorld();
  await using opened = await world.open();
  const { page, problems } = opened;
  await page.addInitScript(`
    globalThis.EventSource = class extends EventTarget {
      constructor() {
        super();
        globalThis.events = this;
      }
      close() {}
    };
  `);
  const lateEvent = `globalThis.events.dispatchEvent(new MessageEvent("progress", {
    data: JSON.stringify({
      state: "running",
      taskCount: 4,
      counts: { pending: 3, success: 1, failed: 0, lost: 0 },
      tasks: [{ index: 0 }],
    }),
  }));`;
  const bar = async () => [
    await page.locator("#progress").getAttribute("value"),
    await page.locator("#ended").textContent(),
    await page.locator("#percent").textContent(),
    await page.locator("#count-pending").textContent(),
    await page.title(),
  ];
  const { viewUrl } = await world.send({ tasks: 4, gate: "tasks" });
  await page.goto(viewUrl);
  await world.release("tasks", 4);
  await using other = await world.open();
  await other.page.goto(viewUrl);
  await untilState(other.page, "Done");

  await page.evaluate(lateEvent);
  assertEquals(await bar(), ["1", "1 of 4 tasks have ended", "25 %", "3", "25 % · co2-on-push"]);
  await untilState(page, "Done");
  const atTheEnd = ["4", "4 of 4 tasks have ended", "100 %", "0", "co2-on-push"];
  assertEquals(await bar(), atTheEnd, "what is drawn again goes ahead of the events");
  await page.evaluate(lateEvent);
  assertEquals(await bar(), atTheEnd, "an event is older than what was drawn");
  assertEquals(problems, []);
});

Deno.test("the page of a slow server shows results while tasks go on ending", async () => {
  await using world = await openBrowserWorld();
  await using opened = await world.open();
  const { page, problems } = opened;
  // An answer comes once the page has asked again, until all are let go.
  await page.addInitScript(`
    const soon = globalThis.fetch;
    let arrive = () => {};
    globalThis.asked = 0;
    globalThis.isSlow = true;
    globalThis.letGo = () => {
      globalThis.isSlow = false;
      arrive();
    };
    globalThis.fetch = async (...request) => {
      globalThis.asked++;
      const answer = await soon(...request);
      const overtaken = new Promise((resolve) => {
        arrive();
        arrive = resolve;
      });
      if (globalThis.isSlow) await overtaken;
      return answer;
    };
  `);
  const { viewUrl } = await world.send({ tasks: 40, gate: "tasks" });
  await page.goto(viewUrl);
  await untilState(page, "Running");
  const first = page.locator("#task-0 .state", { hasText: "Success" });
  await world.release("tasks", 1);
  await until("a request for the page", async () => await page.evaluate<number>("globalThis.asked") > 0);
  assertEquals(await first.count(), 0);
  await world.release("tasks", 2);
  await first.waitFor(); // Its answer was overtaken.
  await untilState(page, "Running");
  await world.release("tasks", 40);
  await page.evaluate("globalThis.letGo()");
  await untilState(page, "Done");
  assertEquals(problems, []);
});

Deno.test("what somebody reads on the page stays as it is while the batch goes on", async () => {
  await using world = await openBrowserWorld();
  await using opened = await world.open();
  const { page, problems } = opened;
  const { viewUrl } = await world.send({ tasks: 12, gate: "tasks" });
  await world.release("tasks", 4);
  await page.goto(viewUrl);
  const summary = page.locator("#task-3 summary");
  await summary.click();
  await page.locator("#task-11 .state", { hasText: "Pending" }).waitFor();
  await world.release("tasks", 12);
  await untilState(page, "Done");
  assert(await page.locator("#task-3 pre").isVisible());
  assert(await page.evaluate("document.activeElement === document.querySelector('#task-3 summary')"));
  assertEquals(problems, []);
});

Deno.test("the page tells the same without a script, and reloads itself until it is told not to", async () => {
  await using world = await openBrowserWorld();
  await using opened = await world.open({ javaScriptEnabled: false });
  const { page } = opened;
  const { viewUrl } = await world.send({ tasks: 6, gate: "tasks" });
  await page.goto(viewUrl);
  assertStringIncludes(await page.locator("noscript .notice").textContent() ?? "", "reloads itself");
  await world.release("tasks", 6);
  await untilState(page, "Done");
  assertEquals(await page.locator("#ended").textContent(), "6 of 6 tasks have ended");
  assertEquals(await page.locator("#progress").getAttribute("value"), "6");
  await page.locator("#task-3 summary").click();
  assertStringIncludes(await page.locator("#task-3 pre").textContent() ?? "", "ZeroDivisionError");
  assert(await page.locator("#task-3 pre").isVisible());
  assertEquals(await page.locator("meta[http-equiv=refresh]").count(), 0);

  const { viewUrl: other } = await world.send({ tasks: 4, gate: "never" });
  await page.goto(other);
  assertEquals(await page.locator("meta[http-equiv=refresh]").count(), 1);
  await page.getByRole("link", { name: "Stop that" }).click();
  assertEquals(await page.locator("meta[http-equiv=refresh]").count(), 0);
  assertStringIncludes(page.url(), "reload=off");
});

Deno.test("an operator finds a batch in doubt in the list, and decides on its page", async () => {
  await using world = await openBrowserWorld();
  const { taskGroupId = "" } = await world.send({ tasks: 5 });
  world.loseSubmissions();
  const { viewUrl, state } = await world.send({ tasks: 2, taskGroupId });
  assertEquals(state, "inDoubt");

  await using stranger = await world.open();
  await stranger.page.goto(viewUrl);
  assertStringIncludes(
    await stranger.page.locator("#doubt").textContent() ?? "",
    "An operator of this service has to decide",
  );
  assertEquals(await stranger.page.getByRole("radio").count(), 0);
  assertEquals(stranger.problems, []);

  await using opened = await world.open(AS_OPERATOR);
  const { page, problems } = opened;
  await page.goto(viewUrl);
  await page.getByRole("link", { name: "An operator of this service" }).click();
  assertEquals(await page.getByRole("radio").count(), 3);
  await page.getByRole("link", { name: "All batches" }).click();
  assertEquals(await page.locator("h1").textContent(), "Hooks and batches");
  await shoot(page, "list-light");
  await page.locator("tr", { hasText: "In doubt" }).getByRole("link").click();
  await shoot(page, "doubt-light");
  await page.getByRole("button", { name: "Decide" }).click();
  assertEquals(await page.locator("#state").textContent(), "In doubt", "nothing was chosen");
  await page.getByRole("radio", { name: "Take the tasks that were found" }).check();
  await page.getByRole("button", { name: "Decide" }).click();
  await untilState(page, "Done");
  assertEquals(await page.locator("#ended").textContent(), "2 of 2 tasks have ended");
  const share = await page.getByRole("textbox").inputValue();
  await stranger.page.goto(share);
  assertEquals(await stranger.page.locator("#state").textContent(), "Done");
  assertEquals(problems, []);
});

Deno.test("an operator gives up the rest of a batch, and removes what is kept of it", async () => {
  await using world = await openBrowserWorld();
  world.refuseTheRest();
  const { viewUrl, batchId, state } = await world.send({ tasks: 1_001, gate: "never" });
  assertEquals(state, "partlySubmitted");
  await using stranger = await world.open();
  await stranger.page.goto(viewUrl);
  assertStringIncludes(
    await stranger.page.locator("#doubt").textContent() ?? "",
    "The service has 1000 of 1001 tasks",
  );
  assertEquals(await stranger.page.getByRole("button").count(), 0);

  await using opened = await world.open({ ...AS_OPERATOR, javaScriptEnabled: false });
  const { page } = opened;
  await page.goto(`${world.baseUrl}/batches/${batchId}/view`);
  await untilState(page, "Partly submitted");
  await page.getByRole("radio", { name: "Give it up" }).check();
  await page.getByRole("button", { name: "Decide" }).click();
  await untilState(page, "Abandoned");
  const remove = page.getByRole("button", { name: "Remove" });
  assert(!await remove.isVisible(), "it is folded away");
  await page.locator("summary", { hasText: "Remove its payload and results" }).click();
  await remove.click();
  assertStringIncludes(await page.locator("#facts").textContent() ?? "", "Payload and results removed");
  assertEquals(await remove.count(), 0);
  assertEquals(stranger.problems, []);
});

for (const colorScheme of SCHEMES) {
  Deno.test(`all pages fit 360 px and pass axe-core, ${colorScheme}`, async () => {
    await using world = await openBrowserWorld();
    const done = await world.send({ tasks: 5 });
    const removed = await world.send({ tasks: 4 });
    await using operator = await world.open(AS_OPERATOR);
    await operator.page.goto(`${world.baseUrl}/batches/${removed.batchId}/view`);
    await untilState(operator.page, "Done");
    await operator.page.locator("summary", { hasText: "Remove its payload" }).click();
    await operator.page.getByRole("button", { name: "Remove" }).click();
    const running = await world.send({ tasks: 120, gate: "never" });
    world.loseSubmissions();
    const doubtful = await world.send({ tasks: 2, taskGroupId: done.taskGroupId ?? "" });
    world.keepSubmissions();
    world.refuseTheRest();
    const partial = await world.send({ tasks: 1_001, gate: "never" });
    const pages: [name: string, address: string][] = [
      ["done", done.viewUrl],
      ["running", running.viewUrl],
      ["running-page-2", `${running.viewUrl}&start=50&count=50`],
      ["doubt", `${world.baseUrl}/batches/${doubtful.batchId}/view`],
      ["doubt-by-link", doubtful.viewUrl],
      ["partly-submitted", `${world.baseUrl}/batches/${partial.batchId}/view`],
      ["partly-submitted-by-link", partial.viewUrl],
      ["removed", removed.viewUrl],
      ["removal", `${world.baseUrl}/batches/${done.batchId}/view`],
      ["list", world.baseUrl],
      ["bad-query", `${done.viewUrl}&count=0`],
    ];
    for (const width of [1100, 360]) {
      const viewport = { width, height: 900 };
      await using opened = await world.open({ ...AS_OPERATOR, colorScheme, viewport, bypassCSP: true });
      const { page } = opened;
      for (const [name, address] of pages) {
        await page.goto(address);
        if (name === "done" || name === "removal") {
          await untilState(page, "Done");
          for (const summary of await page.locator("summary").all()) await summary.click();
        }
        const at = `${name}-${colorScheme}-${width}`;
        await shoot(page, at);
        await assertFits(page, at);
        await assertAccessible(page, at);
      }
      const ground = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
      const [red = 0] = ground.match(/\d+/g)?.map(Number) ?? [];
      assertEquals(red < 128, colorScheme === "dark", ground);
    }
  });
}
