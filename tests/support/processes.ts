import { run } from "./run.ts";

/** Every process with its parent: from `/proc` where there is one, as `ps` is no part of a small Linux. */
async function parents(): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  if (Deno.build.os !== "linux") {
    const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid="]);
    for (const line of stdout.trim().split("\n")) {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      found.set(pid as number, parent as number);
    }
    return found;
  }
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => ""); // It may have ended by now.
    const [, state, parent] = /\) (\S) (\d+)/.exec(stat) ?? [];
    if (state !== undefined && state !== "Z") found.set(Number(name), Number(parent));
  }
  return found;
}

/** The processes below this one, grandchildren included. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const all = await parents();
  const isBelow = (child: number): boolean => {
    const parent = all.get(child);
    return parent !== undefined && (parent === pid || isBelow(parent));
  };
  return [...all.keys()].filter(isBelow);
}

/** Those of these processes that have not ended. */
export async function running(pids: readonly number[]): Promise<number[]> {
  const all = await parents();
  return pids.filter((pid) => all.has(pid));
}
