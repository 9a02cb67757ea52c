/** Proves that the check of the graph names each import that points up, each circle and each doubled name. */
import { assertEquals } from "@std/assert";
import { readdir, readFile } from "node:fs/promises";
import { graphProblems } from "../../scripts/graph/graph_problems.ts";
import { KNOWN_ARROWS, KNOWN_NAMES } from "../../scripts/graph/known.ts";
import { type Module, readModule } from "../../scripts/graph/read_module.ts";
import { ROOT } from "../support/run.ts";

const KNOWN = { arrows: KNOWN_ARROWS, names: KNOWN_NAMES };

async function readHouse(): Promise<Map<string, string>> {
  const files = ["mod.ts"];
  for (const folder of ["src/", "edge/", "gen/"]) {
    const names = await readdir(new URL(folder, ROOT), { recursive: true });
    files.push(...names.filter((name) => /\.tsx?$/.test(name)).map((name) => folder + name));
  }
  const read = async (file: string): Promise<[string, string]> => [
    file,
    await readFile(new URL(file, ROOT), "utf8"),
  ];
  return new Map(await Promise.all(files.map(read)));
}

const house = await readHouse();
const modules = [...house].map(([file, code]) => readModule(file, code));

/** The modules of the house, where some files have a line more. */
function withLines(added: Record<string, string>): Module[] {
  const changed = Object.entries(added).map(([file, line]) =>
    readModule(file, `${house.get(file) ?? ""}\n${line}\n`)
  );
  return [...modules.filter(({ file }) => !(file in added)), ...changed];
}

Deno.test("graphProblems() finds none in the house as it is, beside the known ones", () => {
  assertEquals(graphProblems(modules, KNOWN), []);
});

for (
  const [what, added, expected] of [
    [
      "an import that points up",
      { "src/wire/pick.ts": 'import "../http/send.ts";' },
      ["src/wire/pick.ts -> src/http/send.ts: this import points up, or past what its zone may use"],
    ],
    [
      "a type from above",
      { "src/tasks/get_task.ts": 'type A = import("../../gen/compute.ts").paths;' },
      ["src/tasks/get_task.ts -> gen/compute.ts: this import points up, or past what its zone may use"],
    ],
    [
      "a module from above that is loaded on demand",
      { "src/errors/http_error.ts": 'const x = await import("../version.ts");' },
      ["src/errors/http_error.ts -> src/version.ts: this import points up, or past what its zone may use"],
    ],
    [
      "the local service in the client",
      { "mod.ts": 'export { startLocalService } from "./src/local/mod.ts";' },
      ["mod.ts -> src/local/mod.ts: this import points up, or past what its zone may use"],
    ],
    [
      "the client's inside in the handler",
      { "edge/problem.ts": 'import "../src/http/send.ts";' },
      ["edge/problem.ts -> src/http/send.ts: this import points up, or past what its zone may use"],
    ],
    [
      "an upper room in a lower one of the handler",
      { "edge/records/keys.ts": 'import type { X } from "../watch/page/facts.ts";' },
      ["edge/records/keys.ts -> edge/watch/page/facts.ts: this import points up, or past what its zone may use"],
    ],
    [
      "a package that is not of its zone",
      { "src/tasks/run_task.ts": 'import { Hono } from "hono";' },
      ["src/tasks/run_task.ts -> hono: this zone may not use this package"],
    ],
    [
      "a module of Node in the portable part",
      { "src/http/send.ts": 'export * from "node:fs";' },
      ["src/http/send.ts -> node:fs: only what is bound to a runtime may import it"],
    ],
    [
      "Deno in the portable part",
      { "src/auth/access_token.ts": "Deno.env.get('X');" },
      ["src/auth/access_token.ts -> Deno: only what is bound to a runtime may use it"],
    ],
    [
      "a file outside the layout",
      { "src/new/thing.ts": "export const thing = 1;" },
      ["src/new/thing.ts -> : the file is in no zone; put it into scripts/graph/zones.ts"],
    ],
    [
      "a circle of two files",
      {
        "src/errors/timeout_error.ts": 'import "./network_error.ts";',
        "src/errors/network_error.ts": 'import type { X } from "./timeout_error.ts";',
      },
      ["src/errors/network_error.ts -> src/errors/timeout_error.ts -> src/errors/network_error.ts: this is a circle"],
    ],
    [
      "a circle of folders side by side",
      {
        "src/functions/shell_result.ts": 'import "../tasks/task_lifetime.ts";',
      },
      ["src/functions/ -> src/tasks/ -> src/functions/: this is a circle of folders, by src/functions/shell_result.ts -> src/tasks/task_lifetime.ts, src/tasks/submit_part.ts -> src/functions/registered_functions.ts"],
    ],
    [
      "a name that two files export",
      {
        "src/wire/uuid.ts": "export const SOME_LIMIT = 1;",
        "edge/hook.ts": "export interface SOME_LIMIT {}",
      },
      ["src/wire/uuid.ts, edge/hook.ts: each exports a 'SOME_LIMIT'; one name is for one thing"],
    ],
  ] as [string, Record<string, string>, string[]][]
) {
  Deno.test(`graphProblems() names both ends of ${what}`, () => {
    assertEquals(graphProblems(withLines(added), KNOWN), expected);
  });
}

Deno.test("graphProblems() asks to shorten the list of known faults when one is mended", () => {
  const extra = {
    arrows: [...KNOWN.arrows, "mod.ts -> src/wire/batch.ts"],
    names: [...KNOWN.names, "runTask"],
  };
  assertEquals(graphProblems(modules, extra), [
    "mod.ts -> src/wire/batch.ts: this is mended; take the line out of scripts/graph/known.ts",
    "runTask: this is mended; take the line out of scripts/graph/known.ts",
  ]);
});
