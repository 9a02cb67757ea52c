import { Buffer } from "node:buffer";
import { ROOT } from "./run.ts";

/**
 * Imports an example of the documentation as it is written.
 *
 * @param file Where it is, a page of Markdown or a module.
 * @param place The first example after this text.
 * @param change What a test has to change about it.
 */
export async function importExample(
  file: string,
  place: string,
  change: (code: string) => string = (code) => code,
): Promise<Record<string, unknown>> {
  const text = (await Deno.readTextFile(new URL(file, ROOT))).replaceAll(/^ \* ?/gm, "").replaceAll(
    "*\\/",
    "*/",
  );
  const from = text.indexOf(place);
  const code = /```ts\n([^]*?)```/.exec(text.slice(from))?.[1];
  if (from < 0 || code === undefined) throw new Error(`There is no example after '${place}' in ${file}`);
  const url = `data:application/typescript;base64,${Buffer.from(change(code)).toString("base64")}`;
  return await import(url);
}
