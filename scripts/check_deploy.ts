/**
 * Has wrangler bundle the Worker as it would to deploy it, and holds that against Cloudflare's limit:
 * `deno task deploy:check`. Nothing is deployed.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

/** Wrangler asks for Node 22: npm brings it along. */
const COMMAND = [
  "-y",
  "-p",
  "node@22",
  "-p",
  "wrangler@4.164.0",
  "wrangler",
  "deploy",
  "--dry-run",
  "--outdir",
];
/** What a Worker may have on the Free plan, gzipped. */
const MAX_BYTES = 3_000_000;

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "globus-deploy-"));
  try {
    const { stdout } = await promisify(execFile)("npx", [...COMMAND, folder], {
      cwd: fileURLToPath(new URL("../edge/", import.meta.url)),
      env: { ...process.env, WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" },
    });
    const binding = /env\.EDGE \(Edge\)\s+Durable Object/;
    if (!binding.test(stdout)) throw new Error(`The Worker has no Durable Object:\n${stdout}`);
    const code = await readFile(join(folder, "cloudflare.js"));
    const gzipped = gzipSync(code).length;
    process.stdout.write(`The Worker has ${code.length} bytes, ${gzipped} gzipped, of ${MAX_BYTES}\n`);
    if (gzipped > MAX_BYTES) throw new Error("The Worker is too large for the Free plan");
  } finally {
    await rm(folder, { recursive: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
