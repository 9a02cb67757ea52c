import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ComputeNetworkError } from "../../../mod.ts";
import { callSignal } from "../call_signal.ts";
import type { CliContext } from "../cli_context.ts";
import { computeTypes, firstLine, readDocument } from "../compute_types.ts";
import { connect } from "../connect.ts";
import { EXIT } from "../exit_codes.ts";
import { reasonOf } from "../function_file.ts";
import type { GenerateValues } from "../options/generate_options.ts";
import { UsageError } from "../usage_error.ts";

const FETCH_TIMEOUT_MS = 30_000;

/** Makes types from an OpenAPI document. */
export async function generate(context: CliContext, values: GenerateValues): Promise<number> {
  const address = values.source ?? `${connect(context, values.service).client.baseUrl}/openapi.json`;
  const source = shownSource(address);
  const text = await readSource(context, address, source, values.timeoutMs ?? FETCH_TIMEOUT_MS);
  const types = await computeTypes(await readDocument(text, source), source);
  const file = join(values.out, "compute.ts");
  try {
    await mkdir(values.out, { recursive: true });
    await writeFile(`${file}.new`, `// Made from ${source}. Do not edit.\n\n${types}`);
    await rename(`${file}.new`, file);
  } catch (error) {
    throw new UsageError(`Cannot write '${file}': ${reasonOf(error)}`);
  }
  if (context.isJson) context.printJson({ source, file });
  else context.print(`Wrote ${file}`);
  return EXIT.ok;
}

/** What stands in messages and in the file: a query may have a token in it. */
function shownSource(address: string): string {
  if (!/^https?:/.test(address)) return address;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) throw new UsageError("Cannot use this URL: it is none");
  if (url.username !== "" || url.password !== "") {
    throw new UsageError("Cannot use this URL: it has credentials in it, which would stand in the file");
  }
  return url.origin + url.pathname;
}

async function readSource(
  context: CliContext,
  address: string,
  source: string,
  timeoutMs: number,
): Promise<string> {
  if (!/^https?:/.test(address)) {
    return await readFile(address, "utf8").catch((error) => {
      throw new UsageError(`Cannot read '${source}': ${reasonOf(error)}`);
    });
  }
  const signal = callSignal(context, timeoutMs);
  try {
    const response = await fetch(address, { signal });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`the server answered ${response.status}`);
    }
    return await response.text();
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new ComputeNetworkError(`Cannot read '${source}': ${firstLine(cause)}`);
  }
}
