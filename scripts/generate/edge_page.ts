import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

const FOLDER = new URL("../../edge/watch/page/", import.meta.url);

/**
 * The style and the script of the edge handler's pages as a module, each with the hash by which the pages' content
 * security policy lets it in.
 */
export async function edgePageModule(): Promise<string> {
  const style = withoutSpace(await readFile(new URL("page.css", FOLDER), "utf8"));
  const script = withoutComments(await readFile(new URL("live.js", FOLDER), "utf8"));
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

function withoutSpace(css: string): string {
  return css.replace(/\/\*[^]*?\*\//g, "").replace(/\s+/g, " ").replace(/ ?([{};,]) ?/g, "$1").trim();
}

/** Comments that have a line of their own, and the space before each line. */
function withoutComments(script: string): string {
  const lines = script.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !/^\/\/|^\/\*\*.*\*\/$/.test(line)).join("\n");
}
