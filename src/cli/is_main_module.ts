import { realpathSync } from "node:fs";
import process from "node:process";
import { pathToFileURL } from "node:url";

/** What is looked at of `import.meta`. */
interface ModuleMeta {
  readonly url: string;
  /** Deno, Bun and newer Nodes say it; Node 20 and 22 do not. */
  readonly main?: boolean | undefined;
}

/** Whether a module is the one that the process was started with, through a link of npm's too. */
export function isMainModule({ main, url }: ModuleMeta): boolean {
  if (main !== undefined) return main;
  const [, script] = process.argv;
  if (script === undefined) return false;
  try {
    return pathToFileURL(realpathSync(script)).href === url;
  } catch {
    return false; // It is no file.
  }
}
