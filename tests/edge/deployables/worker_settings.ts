import { ROOT } from "../../support/run.ts";

/** What `wrangler deploy` tells the runtime of the Worker, in the words of Miniflare. */
export async function workerSettings(): Promise<{ compatibilityDate: string; compatibilityFlags: string[] }> {
  const text = await Deno.readTextFile(new URL("edge/wrangler.jsonc", ROOT));
  const { compatibility_date: compatibilityDate, compatibility_flags: compatibilityFlags } = JSON.parse(
    text.replaceAll(/^\s*\/\/.*$/gm, ""),
  );
  return { compatibilityDate, compatibilityFlags };
}
