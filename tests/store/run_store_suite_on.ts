import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { directories } from "../support/directories.ts";
import { type Finished, ROOT } from "../support/run.ts";

/** Runs the shared suite on a runtime that is no Deno. `configFlag` is how it takes a `tsconfig.json`. */
export async function runStoreSuite(
  run: (args: readonly string[]) => Promise<Finished>,
  configFlag = "--tsconfig=",
): Promise<Finished> {
  await using made = await directories();
  const config = `${made.path}/tsconfig.json`;
  const paths = { "@std/assert": [fileURLToPath(new URL("tests/support/assert.ts", ROOT))] };
  await writeFile(config, JSON.stringify({ compilerOptions: { paths } }));
  return await run([`${configFlag}${config}`, "tests/store/run_store_suite.ts"]);
}
