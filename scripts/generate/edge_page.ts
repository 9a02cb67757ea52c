import { transform } from "esbuild";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

const FOLDER = new URL("../../edge/watch/page/", import.meta.url);

/**
 * The style and the script of the edge handler's pages as a module, each with the hash by which the pages' content
 * security policy lets it in.
 */
export async function edgePageModule(): Promise<string> {
  const style = await minified("page.css", "css");
  const script = await minified("live.js", "js");
  return [
    `export const pageStyle: string = ${JSON.stringify(style)};`,
    `export const pageStyleHash: string = ${JSON.stringify(hashOf(style))};`,
    `export const pageScript: string = ${JSON.stringify(script)};`,
    `export const pageScriptHash: string = ${JSON.stringify(hashOf(script))};`,
    "",
  ].join("\n");
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** As short as it gets without a change to what browsers it is for. */
async function minified(name: string, loader: "css" | "js"): Promise<string> {
  const source = await readFile(new URL(name, FOLDER), "utf8");
  const { code } = await transform(source, { loader, minify: true, target: "esnext", charset: "utf8" });
  return code.trim();
}
