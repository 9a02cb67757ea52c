/**
 * Runs the tests in a browser: `deno task test:browser [--shots FOLDER]`. They need Chromium: Debian's package, or the one
 * that `CHROMIUM` names. With `--shots` they leave pictures of the pages in that folder.
 */
import { spawn } from "node:child_process";
import { mkdir, stat } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

async function main(): Promise<void> {
  const { values: { shots } } = parseArgs({ options: { shots: { type: "string" } } });
  const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (await stat(chromium).then(() => false, () => true)) {
    throw new Error(
      `Cannot find ${chromium}: install it ('apt-get install -y chromium'), or name one in CHROMIUM`,
    );
  }
  if (shots !== undefined) await mkdir(shots, { recursive: true });
  process.exitCode = await new Promise<number>((resolve, reject) => {
    const args = ["test", "-A", "--quiet", "--sanitize-ops", "--sanitize-resources", "tests/browser"];
    const env = {
      ...process.env,
      CHROMIUM: chromium,
      ...(shots === undefined ? {} : { BROWSER_SHOTS: shots }),
    };
    const child = spawn(Deno.execPath(), args, { cwd: ROOT, env, stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

await main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
