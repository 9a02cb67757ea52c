/** What is no longer than this stands on one line. */
const LINE_LENGTH = 100;

/** Writes what JSON can say for people: on one line where that is short, else over several. */
export function prettyJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, indent: number): string {
  const line = JSON.stringify(value) ?? "null";
  if (typeof value !== "object" || value === null || line.length + indent <= LINE_LENGTH) return line;
  const inner = indent + 2;
  if (!Array.isArray(value)) {
    const lines = Object.entries(value).filter(([, item]) => item !== undefined)
      .map(([key, item]) => `${JSON.stringify(key)}: ${write(item, inner)}`);
    return block("{", lines.map((line, index) => index < lines.length - 1 ? `${line},` : line), "}", indent);
  }
  const isFlat = value.every((item) => typeof item !== "object" || item === null);
  const items = value.map((item, index) => write(item, inner) + (index < value.length - 1 ? "," : ""));
  return block("[", isFlat ? fill(items, LINE_LENGTH - inner) : items, "]", indent);
}

function block(open: string, lines: readonly string[], close: string, indent: number): string {
  const inner = " ".repeat(indent + 2);
  return `${open}\n${lines.map((line) => inner + line).join("\n")}\n${" ".repeat(indent)}${close}`;
}

/** As many numbers and texts on each line as there is room for. */
function fill(items: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const item of items) {
    if (line === "") line = item;
    else if (line.length + 1 + item.length <= width) line += ` ${item}`;
    else {
      lines.push(line);
      line = item;
    }
  }
  return [...lines, line];
}
