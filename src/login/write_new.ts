import { open } from "node:fs/promises";

/** Writes a file that must not be there yet, for its owner alone. */
export async function writeNew(path: string, text: string, options: { isDurable: boolean }): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    if (options.isDurable) await file.sync();
  } finally {
    await file.close();
  }
}
