import { posix } from "node:path";

/** What stands in the text as it was written: a link to nothing, or a tag that does not begin its line. */
const RAW_TAG = /\{@link[^}]*\}?|(?<=[\s.>])@(?:default|throws|see|returns|param)\b/g;

/**
 * Tells what a reader of the pages would stumble over.
 *
 * @param pages The text of each page, by its path from the folder of all.
 * @param files The paths of all files, pages and others.
 * @param entries The keys of `exports`: `.` is `index.html`, `./edge` is `edge/index.html`.
 */
export function pageProblems(
  pages: ReadonlyMap<string, string>,
  files: ReadonlySet<string>,
  entries: readonly string[],
): string[] {
  const missing = entries.map((entry) => posix.join(entry, "index.html")).flatMap((path) => {
    const text = pages.get(path);
    if (text === undefined) return [`${path}: there is no such page`];
    return text.includes('id="module_doc"') ? [] : [`${path}: it has no module doc`];
  });
  const ids = new Map([...pages].map(([path, text]) => [path, idsOf(text)]));
  const broken = [...pages].flatMap(([path, text]) => [
    ...[...text.matchAll(RAW_TAG)].map(([raw]) => `${path}: '${raw}' was not understood`),
    ...[...new Set([...text.matchAll(/ href="([^"]*)"/g)].map(([, link]) => unescape(link as string)))]
      .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(path, link, files, ids))
      .map((link) => `${path}: the link to '${link}' leads nowhere`),
  ]);
  return [...missing, ...broken];
}

function leadsSomewhere(
  from: string,
  link: string,
  files: ReadonlySet<string>,
  ids: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  const [path = "", fragment = ""] = link.split("#");
  let target = path === "" ? from : posix.join(posix.dirname(from), decodeURIComponent(path));
  if (!posix.extname(target)) target = posix.join(target, "index.html");
  if (!files.has(target)) return false;
  return fragment === "" || (ids.get(target)?.has(decodeURIComponent(fragment)) ?? false);
}

function idsOf(text: string): Set<string> {
  return new Set([...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => unescape(id as string)));
}

function unescape(text: string): string {
  const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return named[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}
