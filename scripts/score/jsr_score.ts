/** What a score is computed from. */
export interface PackageFacts {
  /** The text of the README among the files that are published, if there is one. */
  readme: string | undefined;
  entries: readonly EntryFacts[];
  /** Whether some exported type can be had by inference alone, so that it is slow to check. */
  hasSlowTypes: boolean;
}

/** An entry, as `deno doc --json` shows it. */
export interface EntryFacts {
  /** The key in `exports`, such as `./edge`. */
  name: string;
  moduleDoc: JsDoc | undefined;
  /** How many declarations are exported: an overload counts by itself. */
  symbolCount: number;
  undocumented: readonly string[];
}

/** A comment, taken apart. */
export interface JsDoc {
  doc?: string;
  tags?: readonly { kind: string; doc?: string }[];
}

/** One line of the score. */
export interface ScorePart {
  name: string;
  points: number;
  maxPoints: number;
  /** What is missing, or what it was computed from. */
  detail: string;
}

/** A line that only the registry can fill, so that nothing is counted for it here. */
export interface RegistryPart {
  name: string;
  /** What it adds, once it is set there. */
  maxPoints: number;
}

/** All that the score says. */
export interface Score {
  parts: ScorePart[];
  registry: readonly RegistryPart[];
  points: number;
  /** What can be reached without the registry. */
  maxPoints: number;
  /** JSR's percentage with nothing set at the registry, and with all of it. */
  percent: { now: number; withRegistry: number };
}

/** JSR gives up to 18 points, and calls 17 of them 100 %. */
const FULL_POINTS = 17;
/** The share of documented symbols that gives all points of its line. */
const FULL_DOCUMENTED_SHARE = 0.8;

const REGISTRY: readonly RegistryPart[] = [
  { name: "description", maxPoints: 1 },
  { name: "one runtime marked compatible", maxPoints: 1 },
  { name: "two runtimes marked compatible", maxPoints: 1 },
  { name: "provenance (published from CI)", maxPoints: 1 },
];

/**
 * Gives a package the points that JSR gives it: `generate_score` in `api/src/analysis.rs`, and `ApiPackageScore`, of
 * jsr-io/jsr.
 */
export function jsrScore({ readme, entries, hasSlowTypes }: PackageFacts): Score {
  const main = entries.find(({ name }) => name === ".")?.moduleDoc;
  const hasReadme = readme !== undefined;
  const parts: ScorePart[] = [
    part("README or module doc", 2, hasReadme || Boolean(main?.doc), hasReadme ? "README.md" : "neither"),
    part("an example in it", 1, hasCode(readme) || hasExample(main), "a code block"),
    entriesPart(entries, hasReadme),
    symbolsPart(entries),
    part("no slow types", 5, !hasSlowTypes, hasSlowTypes ? "deno publish names them" : "none"),
  ];
  const points = sum(parts.map((one) => one.points));
  const more = sum(REGISTRY.map((one) => one.maxPoints));
  return {
    parts,
    registry: REGISTRY,
    points,
    maxPoints: sum(parts.map((one) => one.maxPoints)),
    percent: { now: percentOf(points), withRegistry: percentOf(points + more) },
  };
}

/** What has to be mended here: lines that are not full, and symbols without a doc even where the line is full. */
export function problemsOf({ parts }: Score, entries: readonly EntryFacts[]): string[] {
  return [
    ...parts.filter((one) => one.points < one.maxPoints).map((one) => `${one.name}: ${one.detail}`),
    ...entries.flatMap(({ name, undocumented }) =>
      undocumented.map((symbol) => `${symbol} of '${name}' has no doc`)
    ),
  ];
}

/** Reads what `deno doc --json FILE` printed for the entry called `name`. */
export function entryFacts(name: string, json: string): EntryFacts {
  const nodes = Object.values((JSON.parse(json) as DocJson).nodes);
  const [module] = nodes;
  if (module === undefined || nodes.length !== 1) {
    throw new Error(`Cannot read the docs of '${name}': ${nodes.length} modules, not one`);
  }
  const exported = module.symbols.flatMap((symbol) =>
    symbol.declarations
      .filter(({ declarationKind }) => declarationKind !== "private")
      .map(({ jsDoc }) => ({ name: symbol.name, isDocumented: hasText(jsDoc) && !isOfModule(jsDoc) }))
  );
  return {
    name,
    moduleDoc: module.module_doc,
    symbolCount: exported.length,
    undocumented: exported.filter((one) => !one.isDocumented).map((one) => one.name),
  };
}

interface DocJson {
  nodes: Record<
    string,
    {
      module_doc?: JsDoc;
      symbols: { name: string; declarations: { declarationKind: string; jsDoc?: JsDoc }[] }[];
    }
  >;
}

function entriesPart(entries: readonly EntryFacts[], hasReadme: boolean): ScorePart {
  const bare = entries
    .filter(({ name, moduleDoc }) => !hasText(moduleDoc) && !(name === "." && hasReadme))
    .map(({ name }) => name);
  const detail = bare.length === 0 ? `${entries.length} of ${entries.length}` : `not ${bare.join(", ")}`;
  return part("module docs of all entries", 1, bare.length === 0, detail);
}

function symbolsPart(entries: readonly EntryFacts[]): ScorePart {
  const all = sum(entries.map(({ symbolCount }) => symbolCount));
  const documented = all - sum(entries.map(({ undocumented }) => undocumented.length));
  const share = all === 0 ? 1 : documented / all;
  return {
    name: "documented symbols",
    points: Math.floor(Math.min(share / FULL_DOCUMENTED_SHARE, 1) * 5),
    maxPoints: 5,
    detail: `${documented} of ${all}`,
  };
}

function part(name: string, maxPoints: number, isThere: boolean, detail: string): ScorePart {
  return { name, points: isThere ? maxPoints : 0, maxPoints, detail };
}

function hasText(doc: JsDoc | undefined): boolean {
  return Boolean(doc?.doc) || (doc?.tags ?? []).length > 0;
}

/** The module's doc is given to the first declaration too, where nothing stands between. */
function isOfModule(doc: JsDoc | undefined): boolean {
  return (doc?.tags ?? []).some(({ kind }) => kind === "module");
}

function hasExample(doc: JsDoc | undefined): boolean {
  return hasCode(doc?.doc) || (doc?.tags ?? []).some(({ kind }) => kind === "example");
}

/** A fenced block, or lines that are indented after an empty one. */
function hasCode(text: string | undefined): boolean {
  return text !== undefined && (/```|~~~/.test(text) || /\n\s*?\n( {4}|\t)[^\S\n]*\S/.test(text));
}

function percentOf(points: number): number {
  return Math.min(Math.floor((points * 100) / FULL_POINTS), 100);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
