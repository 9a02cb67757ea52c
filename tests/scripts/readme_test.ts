/** The README is true: its programs run, its tasks are there, and it is short. */
import { assert, assertEquals } from "@std/assert";
import { readFile, rm, writeFile } from "node:fs/promises";
import { ROOT, runOnDeno } from "../support/run.ts";

const readme = await readFile(new URL("README.md", ROOT), "utf8");

Deno.test("each program in the README runs, and the first prints what it says", async (t) => {
  const programs = [...readme.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code as string);
  assert(programs.length >= 3);
  for (const [index, code] of programs.entries()) {
    await t.step(`program ${index + 1}`, async () => {
      // It has to be where the import map holds.
      const name = `.readme-${crypto.randomUUID()}.ts`;
      await writeFile(new URL(name, ROOT), code);
      try {
        const { code: status, stdout, stderr } = await runOnDeno([name]);
        assertEquals({ status, stderr }, { status: 0, stderr: "" });
        assertEquals(stdout, index === 0 ? "5\n" : "");
      } finally {
        await rm(new URL(name, ROOT));
      }
    });
  }
});

Deno.test("each task in the README is one of deno.json's", async () => {
  const { tasks } = JSON.parse(await readFile(new URL("deno.json", ROOT), "utf8"));
  const named = [...readme.matchAll(/deno@2\.9\.6 task ([\w:]+)|`(?:task )?([\w]+:[\w]+|interop|bench)`/g)]
    .map(([, one, other]) => one ?? other as string);
  assert(named.length >= 10);
  assertEquals(named.filter((name) => !(name in tasks)), []);
});

Deno.test("the README has less than 150 lines", () => {
  assert(readme.split("\n").length < 150);
});
