/** Which nodes each node points at. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** One chain of arrows for each circle in `graph`, from a node back to itself: each circle is found once. */
export function findCircles(graph: Graph): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  for (const start of [...graph.keys()].sort()) {
    if (done.has(start)) continue;
    const circle = shortestWayBack(graph, start);
    if (!circle) continue;
    circles.push(circle);
    for (const node of circle) done.add(node);
  }
  return circles;
}

function shortestWayBack(graph: Graph, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    for (const next of graph.get(node) ?? []) {
      if (next === start) return wayTo(cameFrom, start, node);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      queue.push(next);
    }
  }
  return undefined;
}

function wayTo(cameFrom: ReadonlyMap<string, string>, start: string, end: string): string[] {
  const way = [start];
  for (let node: string | undefined = end; node !== undefined && node !== start; node = cameFrom.get(node)) {
    way.splice(1, 0, node);
  }
  return [...way, start];
}

/** Which folders point at a folder beside them. The folders at the top level are left to the table of zones. */
export function folderGraph(files: Graph): Graph {
  const folders = new Map<string, Set<string>>();
  for (const [file, targets] of files) {
    for (const target of targets) {
      const [from, to] = [file.split("/"), target.split("/")];
      const fork = from.findIndex((part, index) => part !== to[index]);
      const isFolder = fork >= 1 && fork < from.length - 1 && fork < to.length - 1;
      if (!isFolder) continue;
      const [a, b] = [from, to].map((parts) => `${parts.slice(0, fork + 1).join("/")}/`) as [string, string];
      folders.set(a, (folders.get(a) ?? new Set()).add(b));
    }
  }
  return folders;
}
