import { Miniflare } from "miniflare";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Contest } from "./contest.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const execute = promisify(execFile);

const EDGE = `
import { accessToken, memoryStore } from "./mod.ts";
import { createEdgeHandler, github } from "./edge/mod.ts";
const id = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";
const handler = createEdgeHandler({
  baseUrl: "https://hooks.example.org",
  store: memoryStore(),
  linkSecrets: ["0123456789abcdef0123456789abcdef"],
  authorizer: accessToken("token"),
  hooks: { push: { verify: github({ secrets: ["secret-secret"] }), endpoints: [id], functions: [id], batch: () => undefined } },
});
export default { fetch: handler };
`;
const BARE = `
import { Hono } from "hono";
const app = new Hono();
app.get("/livez", (c) => c.json({ status: "pass" }));
export default app;
`;

/** How long workerd takes from nothing to the first answer. */
export async function startContests(): Promise<Contest[]> {
  const [edge, bare] = await Promise.all([bundle(EDGE), bundle(BARE)]);
  return [
    {
      name: "start in workerd",
      contenders: [
        { name: "ours", run: () => start(edge) },
        { name: "Hono alone", run: () => start(bare) },
      ],
      goals: [{ than: "Hono alone", maxRatio: 1.3 }],
    },
  ];
}

async function start(contents: string): Promise<number> {
  const startMs = performance.now();
  const worker = new Miniflare({
    modules: [{ type: "ESModule", path: "worker.js", contents }],
    compatibilityDate: "2026-01-01",
  });
  const response = await worker.dispatchFetch("http://worker/livez");
  if (!response.ok) throw new Error(`The worker answered with ${response.status}: ${await response.text()}`);
  await response.text();
  const seconds = (performance.now() - startMs) / 1000;
  await worker.dispose();
  return seconds;
}

async function bundle(code: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "globus-bench-"));
  // The entry has to be where the import map holds.
  const entry = join(ROOT, `.bench-${crypto.randomUUID()}.ts`);
  try {
    await writeFile(entry, code);
    const output = join(folder, "worker.js");
    await execute(Deno.execPath(), [
      "bundle",
      "--quiet",
      "--minify",
      "--platform=browser",
      "--output",
      output,
      entry,
    ]);
    return await readFile(output, "utf8");
  } finally {
    await rm(entry, { force: true });
    await rm(folder, { recursive: true });
  }
}
