import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from "node:fs/promises";

/** The calls of the file system that the file store makes: a test can stop and order them. */
export interface FileSystem {
  readDirectory(path: string): Promise<DirectoryEntry[]>;
  readFile(path: string): Promise<Uint8Array>;
  /** The first bytes, fewer where the file has no more. */
  readStart(path: string, length: number): Promise<Uint8Array>;
  /** Writes a file that must not be there yet, for its owner alone. */
  writeNew(path: string, bytes: Uint8Array, options: { isDurable: boolean }): Promise<void>;
  /** Makes a directory for its owner alone. */
  makeDirectory(path: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  removeFile(path: string): Promise<void>;
  removeDirectory(path: string): Promise<void>;
  removeTree(path: string): Promise<void>;
  modifiedAtMs(path: string): Promise<number>;
  /** Resolves once the names in the directory are on the disk. */
  syncDirectory(path: string): Promise<void>;
}

/** A name in a directory. */
export interface DirectoryEntry {
  name: string;
  isDirectory: boolean;
}

/** The file system of the machine. */
export const systemFiles: FileSystem = {
  async readDirectory(path) {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }));
  },
  readFile: (path) => readFile(path),
  readStart: (path, length) =>
    withFile(path, "r", async (file) => {
      const bytes = new Uint8Array(length);
      let read = 0;
      while (read < length) {
        const { bytesRead } = await file.read(bytes, read, length - read, read);
        if (bytesRead === 0) break;
        read += bytesRead;
      }
      return bytes.subarray(0, read);
    }),
  writeNew: (path, bytes, { isDurable }) =>
    withFile(path, "wx", async (file) => {
      await file.writeFile(bytes);
      if (isDurable) await file.sync();
    }),
  makeDirectory: (path) => mkdir(path, { mode: 0o700 }),
  link,
  rename,
  removeFile: unlink,
  removeDirectory: (path) => rmdir(path),
  removeTree: (path) => rm(path, { recursive: true, force: true }),
  modifiedAtMs: async (path) => (await stat(path)).mtimeMs,
  syncDirectory: (path) => withFile(path, "r", (directory) => directory.sync()),
};

async function withFile<T>(path: string, flags: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, 0o600);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** The code of an error of the system: `ENOENT`, say. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** Whether a file or the directory that it is in is not there. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

/** Whether the name is taken, or the directory of this name is not empty. */
export function isTaken(error: unknown): boolean {
  const code = codeOf(error);
  return code === "EEXIST" || code === "ENOTEMPTY";
}
