/** A name as the service writes it: `displayName` is `display_name` there. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

interface Kinds {
  string: string;
  number: number;
  boolean: boolean;
}

/**
 * Takes the properties of one kind that an answer has, under the names of this module. What is missing, null
 * or of another kind is left out.
 */
export function pick<Kind extends keyof Kinds, Key extends string>(
  record: Record<string, unknown>,
  kind: Kind,
  keys: readonly Key[],
): { [Name in Key]?: Kinds[Kind] } {
  const picked: { [name: string]: unknown } = {};
  for (const key of keys) {
    const value = record[snakeCase(key)];
    const found: string = typeof value;
    if (found === kind) picked[key] = value;
  }
  return picked as { [Name in Key]?: Kinds[Kind] };
}
