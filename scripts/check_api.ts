/**
 * Holds a running edge handler against its OpenAPI document with schemathesis: `deno task api:check [options of
 * schemathesis]`. The handler has batches of all kinds; whatever it answers must be as the document says.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { startHandler } from "./check_api/start_handler.ts";
import { preparePython, runProgram } from "./support/python_environment.ts";

const ENVIRONMENT = fileURLToPath(new URL("../.interop/schemathesis", import.meta.url));
const PACKAGES = ["schemathesis==4.32.5"];
async function main(args: readonly string[]): Promise<void> {
  await preparePython(ENVIRONMENT, PACKAGES);
  const folder = await mkdtemp(join(tmpdir(), "globus-check-api-"));
  const { baseUrl, hook, token, batchIds, close } = await startHandler();
  try {
    const response = await fetch(`${baseUrl}/openapi.json`);
    const values = { id: batchIds, name: [hook] };
    await writeFile(join(folder, "openapi.json"), JSON.stringify(withValues(await response.json(), values)));
    await writeFile(join(folder, "schemathesis.toml"), configurationOf(token));
    const { status } = await runProgram(join(ENVIRONMENT, "bin", "schemathesis"), [
      "run",
      "openapi.json",
      "--url",
      baseUrl,
      ...args,
    ], { isShown: true, cwd: folder });
    process.exitCode = status;
  } finally {
    await close();
    await rm(folder, { recursive: true });
  }
}

/** The document, which says of each path what there is: a batch that is made up would find nothing. */
function withValues(document: unknown, values: Readonly<Record<string, readonly string[]>>): unknown {
  return JSON.parse(JSON.stringify(document), (_key, value) => {
    const names = isPathParameter(value) ? values[value.name] : undefined;
    return names === undefined ? value : { ...value, schema: { type: "string", enum: names } };
  });
}

/**
 * A body that is both too large and not as described is refused for the first of them; and no schema can say that a key
 * stands for the same delivery each time. The streams of a batch that never ends take their time.
 */
function configurationOf(token: string): string {
  return `
[auth.openapi.bearer]
bearer = ${JSON.stringify(token)}

[generation]
max-examples = 40

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429, 431]

[[operations]]
include-path = "/hooks/{name}"
checks.positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "422"]

[[operations]]
include-path = "/batches/{id}/events"
generation.max-examples = 12
`;
}

function isPathParameter(value: unknown): value is { name: string } {
  return typeof value === "object" && value !== null && "in" in value && value.in === "path" &&
    "name" in value && typeof value.name === "string";
}

await main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
