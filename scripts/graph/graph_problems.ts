import { findCircles, folderGraph, type Graph } from "./find_circles.ts";
import type { Module } from "./read_module.ts";
import { type Zone, ZONES } from "./zones.ts";

/** What is known to be wrong: imports, as `from -> to`, and exported names. */
export interface Known {
  arrows: readonly string[];
  names: readonly string[];
}

/** One line for each fault of the graph that is not known, and for each known one that is mended. */
export function graphProblems(modules: readonly Module[], known: Known): string[] {
  const wrong = [...orderProblems(ZONES), ...modules.flatMap(importProblems)];
  const arrows = new Set(wrong.map(({ arrow }) => arrow));
  const mended = known.arrows.filter((arrow) =>
    !arrows.has(arrow) && !closesCircle(modules, known.arrows, arrow)
  );
  return [
    ...wrong.filter(({ arrow }) => !known.arrows.includes(arrow)).map(({ message }) => message),
    ...circleProblems(graphOf(modules, new Set([...known.arrows, ...arrows]))),
    ...mended.map(mendedLine),
    ...nameProblems(modules, known.names),
  ];
}

/** The table itself points one way: what a zone may import stands above it. */
function orderProblems(zones: readonly Zone[]): WrongImport[] {
  return zones.flatMap(({ paths, mayImport }, index) =>
    mayImport.filter((path) => !zones.slice(0, index).some((above) => above.paths.some(isAtStartOf(path))))
      .map(
        (path) => wrongImport(paths[0] ?? "", path, "the table of zones points down here"),
      )
  );
}

interface WrongImport {
  arrow: string;
  message: string;
}

function wrongImport(from: string, to: string, why: string): WrongImport {
  return { arrow: `${from} -> ${to}`, message: `${from} -> ${to}: ${why}` };
}

function importProblems({ file, imports, usesDeno }: Module): WrongImport[] {
  const zone = ZONES.find(({ paths }) => paths.some(isAtStartOf(file)));
  if (!zone) return [wrongImport(file, "", "the file is in no zone; put it into scripts/graph/zones.ts")];
  const problems = imports.filter((target) => !isAllowed(zone, target)).map((target) =>
    wrongImport(file, target, whyNot(target))
  );
  return usesDeno && !zone.isBoundToRuntime
    ? [...problems, wrongImport(file, "Deno", "only what is bound to a runtime may use it")]
    : problems;
}

function isAllowed(zone: Zone, target: string): boolean {
  if (target.startsWith("node:")) return zone.isBoundToRuntime === true;
  if ([...zone.paths, ...zone.mayImport, ...zone.beside ?? []].some(isAtStartOf(target))) return true;
  return (zone.packages ?? []).some((name) => target === name || target.startsWith(`${name}/`));
}

function whyNot(target: string): string {
  if (target.startsWith("node:")) return "only what is bound to a runtime may import it";
  if (/^(mod\.ts|src\/|edge\/|gen\/)/.test(target)) {
    return "this import points up, or past what its zone may use";
  }
  return "this zone may not use this package";
}

function isAtStartOf(path: string): (start: string) => boolean {
  return (start) => path.startsWith(start);
}

function graphOf(modules: readonly Module[], without: ReadonlySet<string>): Graph {
  return new Map(modules.map(({ file, imports }) => [
    file,
    new Set(imports.filter((target) => !without.has(`${file} -> ${target}`))),
  ]));
}

function circleProblems(graph: Graph): string[] {
  const files = findCircles(graph).map((circle) => `${circle.join(" -> ")}: this is a circle`);
  const folders = findCircles(folderGraph(graph)).map((circle) => {
    const imports = circle.slice(1).map((to, index) => importBetween(graph, circle[index] ?? "", to));
    return `${circle.join(" -> ")}: this is a circle of folders, by ${imports.join(", ")}`;
  });
  return [...files, ...folders];
}

function importBetween(graph: Graph, from: string, to: string): string {
  for (const [file, targets] of graph) {
    if (!file.startsWith(from)) continue;
    for (const target of targets) if (target.startsWith(to)) return `${file} -> ${target}`;
  }
  return "";
}

/** Whether one known arrow is what closes a circle, when the other known ones are left out. */
function closesCircle(modules: readonly Module[], known: readonly string[], arrow: string): boolean {
  const others = known.filter((other) => other !== arrow);
  const isThere = modules.some(({ file, imports }) => imports.some((to) => `${file} -> ${to}` === arrow));
  return isThere && circleProblems(graphOf(modules, new Set(others))).length > 0;
}

function mendedLine(line: string): string {
  return `${line}: this is mended; take the line out of scripts/graph/known.ts`;
}

function nameProblems(modules: readonly Module[], known: readonly string[]): string[] {
  const files = new Map<string, string[]>();
  for (const { file, exports } of modules) {
    if (file.startsWith("gen/")) continue;
    for (const name of new Set(exports)) files.set(name, [...files.get(name) ?? [], file]);
  }
  const doubled = [...files].filter(([, where]) => where.length > 1);
  return [
    ...doubled.filter(([name]) => !known.includes(name)).map(([name, where]) =>
      `${where.join(", ")}: each exports a '${name}'; one name is for one thing`
    ),
    ...known.filter((name) => !doubled.some(([other]) => other === name)).map(mendedLine),
  ];
}
