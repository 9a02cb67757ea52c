import { chmod, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { isBearerToken } from "../auth/bearer.ts";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { codeOf, isMissing } from "../base/system_error.ts";
import { isRecord, isText, messageOf } from "../base/narrow.ts";
import { withFileLock } from "./file_lock.ts";
import { makeUserDirectory } from "./user_directory.ts";
import { writeNew } from "./write_new.ts";

/** Beside the Python SDK's `storage.db`, which it leaves alone. */
const FILE_NAME = "edge-compute-globus.json";
const VERSION = 1;
const MAX_ATTEMPTS = 5;

/** A token for one service, as it is kept. */
export interface StoredToken {
  /** The access token. */
  accessToken: string;
  /** When it ends; absent where the server did not say. */
  expiresAtMs?: number;
  /** When to ask for a new one. */
  renewAtMs?: number;
  /** By which it is renewed, where there is one. */
  refreshToken?: string;
  /** What it is for, separated by spaces. */
  scope: string;
}

/** Who has logged in. */
export interface LoginIdentity {
  /** The identity's id. */
  sub: string;
  /** Such as `ada@example.org`. */
  username: string;
  /** As people write it. */
  name?: string;
}

/** A login at one issuer: the token for the Compute service, and whose it is. It has secrets: do not log it. */
export interface StoredLogin extends StoredToken {
  /** The OAuth client that it was made for. */
  clientId: string;
  /** Who has logged in. */
  identity: LoginIdentity;
  /** The token for the authorization server's own userinfo route, where that is another one. */
  userinfo?: StoredToken;
}

/** The logins in a file, by issuer. */
export interface TokenFile {
  /** Where it is. */
  readonly path: string;
  /**
   * The login at an issuer.
   *
   * @throws {ComputeAuthorizationError} If the file is damaged or cannot be read.
   */
  read(issuer: string): Promise<StoredLogin | undefined>;
  /**
   * Puts what `change` returns in the place of the login at an issuer; `undefined` removes it, and the same object
   * leaves the file as it is. Other issuers' logins stay as they are, whoever writes at the same time.
   *
   * @returns What is in the file then.
   */
  update(
    issuer: string,
    change: (standing: StoredLogin | undefined) => StoredLogin | undefined,
    options?: { replaceDamaged?: boolean },
  ): Promise<StoredLogin | undefined>;
}

/** The file as it is parsed. What other issuers have is passed on as it is. */
interface Content {
  version: number;
  logins: Record<string, unknown>;
}

/**
 * The file of logins in a directory. It is readable by its owner alone: where somebody else may read it, that is ended
 * before it is read. It is written as a whole or not at all, whenever the process is killed.
 */
export function tokenFile(directory: string): TokenFile {
  const path = join(directory, FILE_NAME);
  return {
    path,
    read: async (issuer) => loginIn(await readContent(path), issuer, path),
    update: async (issuer, change, { replaceDamaged = false } = {}) => {
      await makeUserDirectory(directory);
      return await attempt("write", path, async () => {
        for (let i = 0; i < MAX_ATTEMPTS; i++) {
          const outcome = await withFileLock(`${path}.lock`, async ({ isHeld }) => {
            const content = await readContent(path, replaceDamaged);
            const standing = loginIn(content, issuer, path, replaceDamaged);
            const next = change(standing);
            if (next === standing) return { standing };
            const { [issuer]: _, ...others } = content.logins;
            const logins = next === undefined ? others : { ...others, [issuer]: next };
            const isWritten = await replace(path, { version: VERSION, logins }, isHeld);
            return isWritten ? { standing: next } : undefined;
          });
          if (outcome) return outcome.standing;
        }
        throw new Error("other processes change it all the time");
      });
    },
  };
}

/** Whether the file was written: not where the lock is lost. */
async function replace(path: string, content: Content, isHeld: () => Promise<boolean>): Promise<boolean> {
  await removeLeftovers(path);
  const temporary = `${path}.tmp-${crypto.randomUUID()}`;
  try {
    await writeNew(temporary, `${JSON.stringify(content, null, 2)}\n`, { isDurable: true });
    if (!await isHeld()) return false;
    await rename(temporary, path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false; // Whoever has the lock now has removed it.
    throw error;
  } finally {
    await unlink(temporary).catch(() => {});
  }
}

/** Who is killed while it writes leaves tokens behind. With the lock held, nobody else is writing. */
async function removeLeftovers(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.tmp-`)) continue;
    await unlink(join(dirname(path), name)).catch(() => {});
  }
}

async function readContent(path: string, replaceDamaged = false): Promise<Content> {
  const text = await attempt("read", path, async () => {
    try {
      await makePrivate(path);
      return await readFile(path, "utf8");
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (codeOf(error) === "ENOTDIR") await makeUserDirectory(dirname(path)); // It tells what is in its way.
      throw error;
    }
  });
  if (text === undefined) return { version: VERSION, logins: {} };
  const content = parse(text);
  if (isRecord(content) && typeof content.version === "number" && content.version > VERSION) {
    throw new ComputeAuthorizationError(
      `Cannot use the logins in '${path}': a newer version of this package has written them; update this one`,
    );
  }
  if (isRecord(content) && content.version === VERSION && isRecord(content.logins)) {
    return { version: VERSION, logins: content.logins };
  }
  if (replaceDamaged) return { version: VERSION, logins: {} };
  throw damaged(path);
}

/** On Windows files have no such modes: there the directory of a person is their own. */
async function makePrivate(path: string): Promise<void> {
  if (process.platform === "win32") return;
  if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The error shows what is in the file.
  }
}

function loginIn(
  { logins }: Content,
  issuer: string,
  path: string,
  replaceDamaged = false,
): StoredLogin | undefined {
  const login = Object.hasOwn(logins, issuer) ? logins[issuer] : undefined;
  if (login === undefined || isLogin(login)) return login;
  if (replaceDamaged) return undefined;
  throw damaged(path);
}

function isLogin(value: unknown): value is StoredLogin {
  return isToken(value) && isText(value.clientId) && isRecord(value.identity) &&
    isText(value.identity.sub) && isText(value.identity.username) &&
    isOptional(value.identity.name, isText) &&
    isOptional(value.userinfo, isToken);
}

function isToken(value: unknown): value is StoredToken & Record<string, unknown> {
  return isRecord(value) && isBearerToken(value.accessToken) && typeof value.scope === "string" &&
    isOptional(value.refreshToken, isText) && isOptional(value.expiresAtMs, isNumber) &&
    isOptional(value.renewAtMs, isNumber);
}

function isNumber(value: unknown): boolean {
  return typeof value === "number";
}

function isOptional(value: unknown, isRight: (value: unknown) => boolean): boolean {
  return value === undefined || isRight(value);
}

function damaged(path: string): ComputeAuthorizationError {
  return new ComputeAuthorizationError(
    `Cannot use the logins in '${path}': the file is damaged; log in again`,
  );
}

/** What the system says has the path and never what is in the file. */
async function attempt<T>(action: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ComputeAuthorizationError) throw error;
    const detail = messageOf(error);
    throw new ComputeAuthorizationError(`Cannot ${action} the logins in '${path}': ${detail}`);
  }
}
