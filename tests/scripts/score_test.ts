/** The score counts what the registry counts, and names what is missing. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { entryFacts, jsrScore, problemsOf } from "../../scripts/score/jsr_score.ts";
import { runOnDeno } from "../support/run.ts";

const CODE = "```ts\nimport '@a/b';\n```\n";
const DOCUMENTED = "/** One. */\nexport const one: number = 1;\n";

/** What a run says of a package with these files. */
async function scoreOf(files: Record<string, string>) {
  const folder = await Deno.makeTempDir({ prefix: "globus-score-" });
  try {
    const manifest = {
      name: "@a/b",
      version: "1.0.0",
      license: "MIT",
      exports: { ".": "./mod.ts", "./b": "./b.ts" },
    };
    for (const [name, text] of Object.entries({ "deno.json": JSON.stringify(manifest), ...files })) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const { code, stdout, stderr } = await runOnDeno(["scripts/score.ts", "--json", folder]);
    const points = new Map<string, number>();
    for (const { name, points: got } of code > 1 || stdout === "" ? [] : JSON.parse(stdout).parts) {
      points.set(name, got);
    }
    return { code, points: [...points.values()], stderr };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const FULL = {
  "README.md": CODE,
  "mod.ts": `/** Docs.\n * @module\n */\n${DOCUMENTED}`,
  "b.ts": `/** Docs.\n * @module\n */\nexport { one } from "./mod.ts";\n`,
};

Deno.test("the score is full where all is there, and names what is not", async (t) => {
  await t.step("a full one", async () => {
    assertEquals(await scoreOf(FULL), { code: 0, points: [2, 1, 1, 5, 5], stderr: "" });
  });
  await t.step("no README, no module doc of the main entry", async () => {
    const { "README.md": _, ...files } = { ...FULL, "mod.ts": DOCUMENTED };
    const { code, points, stderr } = await scoreOf(files);
    assertEquals([code, points], [1, [0, 0, 0, 5, 5]]);
    assertStringIncludes(stderr, "module docs of all entries: not .");
  });
  await t.step("a README without code, a module without docs", async () => {
    const { code, points } = await scoreOf({ ...FULL, "README.md": "Text.\n", "b.ts": DOCUMENTED });
    assertEquals([code, points], [1, [2, 0, 0, 5, 5]]);
  });
  await t.step("one symbol of ten without a doc: all points, and a failure", async () => {
    const many = Array.from({ length: 9 }, (_, n) => `/** It. */\nexport const n${n}: number = ${n};\n`).join(
      "",
    );
    const { code, points, stderr } = await scoreOf({
      ...FULL,
      "mod.ts": `${FULL["mod.ts"]}${many}export const bare: number = 2;\n`,
    });
    assertEquals([code, points, stderr], [1, [2, 1, 1, 5, 5], "bare of '.' has no doc\n"]);
  });
  await t.step("half of the symbols without a doc", async () => {
    const { code, points, stderr } = await scoreOf({
      ...FULL,
      "b.ts": "/** Docs.\n * @module\n */\nexport const bare: number = 2;\n",
    });
    assertEquals([code, points], [1, [2, 1, 1, 3, 5]]);
    assertEquals(stderr, "documented symbols: 1 of 2\nbare of './b' has no doc\n");
  });
  await t.step("a slow type", async () => {
    const { code, points, stderr } = await scoreOf({
      ...FULL,
      "mod.ts": `${FULL["mod.ts"]}/** Slow. */\nexport const slow = Math.max(1, 2);\n`,
    });
    assertEquals([code, points], [1, [2, 1, 1, 5, 0]]);
    assertStringIncludes(stderr, "no slow types: deno publish names them");
    assertStringIncludes(stderr, "missing-explicit-type");
  });
  await t.step("what cannot be published has no score", async () => {
    const { code, points, stderr } = await scoreOf({ ...FULL, "b.ts": "export const b: number = ;\n" });
    assertEquals([code, points], [1, []]);
    assert(/Cannot (publish|read the docs)/.test(stderr), stderr);
  });
});

Deno.test("the score counts each overload, and no declaration that is not exported", () => {
  const declared = (declarationKind: string, doc?: string) => ({
    declarationKind,
    ...(doc ? { jsDoc: { doc } } : {}),
  });
  const nodes = {
    "file:///mod.ts": {
      module_doc: { tags: [{ kind: "module" }] },
      symbols: [
        { name: "f", declarations: [declared("export", "One."), declared("export")] },
        { name: "inner", declarations: [declared("private")] },
      ],
    },
  };
  const facts = entryFacts(".", JSON.stringify({ nodes }));
  assertEquals([facts.symbolCount, facts.undocumented], [2, ["f"]]);
  const score = jsrScore({ readme: CODE, entries: [facts], hasSlowTypes: false });
  // 1 of 2 is 62.5 % of what gives all points: 3 of 5.
  assertEquals([score.points, score.maxPoints, score.percent], [12, 14, { now: 70, withRegistry: 94 }]);
  assertEquals(problemsOf(score, [facts]), ["documented symbols: 1 of 2", "f of '.' has no doc"]);
});
