/** The npm package works in tiny projects as their users set them up. */
import { assertEquals } from "@std/assert";
import { Miniflare } from "miniflare";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { startLocalService } from "../../src/local/mod.ts";

const HERE = new URL("./project/", import.meta.url);
const PACK = fileURLToPath(new URL("../../scripts/pack.ts", import.meta.url));
const PACKAGES = ["typescript@5.9", "@types/node@22", "esbuild@0.25"];
const NODES = ["22.13", "22", "24"];
const CHROMIUM = "/usr/bin/chromium";

const EXPECTED = {
  doubled: 42,
  failure: ["ValueError", "negative: -1"],
  swapped: [String(2n ** 70n), [1, 2]],
  sum: 3 * 49 * 50 / 2,
  status: 401,
};

/** Where there is SQLite too. */
const WITH_SQLITE = { ...EXPECTED, kept: "hello" };

const TSCONFIG = {
  compilerOptions: {
    module: "nodenext",
    target: "es2022",
    lib: ["es2023", "esnext.disposable", "dom", "dom.asynciterable", "dom.iterable"],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ["node"],
  },
  files: ["types.ts"],
};

const execute = promisify(execFile);

async function run(folder: string, command: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(command, [...args], { cwd: folder, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")}\n${stdout}\n${stderr}`);
  }
}

/** Bundles a module of the project with what it has installed. */
async function bundle(folder: string, entry: string, flags: readonly string[]): Promise<string> {
  const output = join(folder, `bundle.${entry}`);
  const args = ["esbuild", entry, "--bundle", "--format=esm", `--outfile=${output}`, ...flags];
  await run(folder, "npx", [...args, "--log-level=error"]);
  return await readFile(output, "utf8");
}

// Miniflare leaves a message port open, and is still removing its folder when it says that it is done.
Deno.test("the npm package in tiny projects", { sanitizeOps: false, sanitizeResources: false }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "globus-packages-"));
  await using local = await startLocalService({ workers: 2 });
  const { baseUrl, issuer, endpointId, clientId, clientSecret } = local;
  const world = { baseUrl, issuer, endpointId, clientId, clientSecret };
  const argument = JSON.stringify(world);
  try {
    await cp(HERE, folder, { recursive: true });
    await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
    const tarball = join(folder, "package.tgz");
    await run(folder, Deno.execPath(), ["run", "-A", PACK, tarball]);
    await run(folder, "npm", ["install", "--silent", "--no-audit", "--no-fund", tarball, ...PACKAGES]);

    for (const version of NODES) {
      await t.step(`Node ${version}`, async () => {
        const node = ["--yes", "-p", `node@${version}`, "node"];
        const about = await run(folder, "npx", [...node, "--version"]);
        assertEquals(about.trim().startsWith(`v${version}.`), true, about);
        assertEquals(JSON.parse(await run(folder, "npx", [...node, "main.js", argument])), WITH_SQLITE);
      });
    }
    await t.step("the command", async () => {
      await writeFile(join(folder, "double.py"), "def double(x):\n    return 2 * x\n");
      const variables = [
        `GLOBUS_COMPUTE_USER_DIR=${join(folder, "user")}`,
        `GLOBUS_SDK_SERVICE_URL_COMPUTE=${baseUrl}`,
        `GLOBUS_SDK_SERVICE_URL_AUTH=${issuer}`,
        `GLOBUS_COMPUTE_CLIENT_ID=${clientId}`,
        `GLOBUS_COMPUTE_CLIENT_SECRET=${clientSecret}`,
      ];
      const command = ["run", "double.py:double", "--endpoint", endpointId, "--args", "21", "--quiet"];
      for (const program of [["npx", "@edge-compute/globus"], ["node_modules/.bin/globus-edge"]]) {
        assertEquals(await run(folder, "env", [...variables, ...program, ...command]), "42\n");
      }
    });
    await t.step("TypeScript under nodenext", async () => {
      assertEquals(await run(folder, "npx", ["tsc", "-p", "."]), "");
    });
    await t.step("Bun", async () => {
      const bun = ["--yes", "-p", "bun@1", "bun"];
      assertEquals(JSON.parse(await run(folder, "npx", [...bun, "main.js", argument])), WITH_SQLITE);
    });
    await t.step("workerd", async () => {
      const contents = await bundle(folder, "worker.js", ["--conditions=workerd,worker"]);
      const worker = new Miniflare({
        modules: [{ type: "ESModule", path: "worker.js", contents }],
        compatibilityDate: "2026-01-01",
      });
      try {
        const response = await worker.dispatchFetch("http://job/", { method: "POST", body: argument });
        const text = await response.text();
        assertEquals(response.status, 200, text);
        assertEquals(JSON.parse(text), EXPECTED);
      } finally {
        await worker.dispose();
      }
    });
    await t.step("a page in Chromium", async () => {
      assertEquals(
        await runInBrowser(await bundle(folder, "page.js", ["--platform=browser"]), world),
        EXPECTED,
      );
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function runInBrowser(script: string, world: object): Promise<unknown> {
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.waitForFunction("globalThis.runJob");
    return await page.evaluate(`globalThis.runJob(${JSON.stringify(world)})`);
  } finally {
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
