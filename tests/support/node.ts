import { execFileSync } from "node:child_process";

/** The oldest that the package runs on. */
const OLDEST = [22, 13] as const;
/** npx fails where another one installs the same package at that moment. */
const ATTEMPTS = 5;
let path: string | undefined;

/** Where a Node is that the package supports: the machine's own, or one from npm where that is older. */
export function nodePath(): string {
  return path ??= isSupported() ? "node" : fromNpm();
}

function isSupported(): boolean {
  const [major = 0, minor = 0] = output("node", ["--version"]).slice(1).split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

function fromNpm(): string {
  for (let attempt = 1;; attempt++) {
    try {
      return output("npx", ["--yes", "-p", "node@22", "node", "-p", "process.execPath"]);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

function output(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}
