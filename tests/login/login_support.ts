import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { assertEquals } from "@std/assert";
import type { StoredLogin } from "../../src/login/token_file.ts";

/** A directory that is there for one test. */
export async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), "login-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** What no output and no error may show. */
export const SECRETS = ["secret-access", "secret-refresh", "secret-code", "secret-verifier"];

/** A login as it stands in the file. */
export function storedLoginOf(changes: Partial<StoredLogin> = {}): StoredLogin {
  return {
    clientId: "11111111-2222-3333-4444-555555555555",
    accessToken: "secret-access-1",
    expiresAtMs: Date.UTC(2100, 0, 1),
    renewAtMs: Date.UTC(2100, 0, 1) - 60_000,
    refreshToken: "secret-refresh-1",
    scope: "openid",
    identity: {
      sub: "aaaaaaaa-0000-4000-8000-000000000001",
      username: "ada@example.org",
      name: "Ada Lovelace",
    },
    ...changes,
  };
}

/** Holds that an error, or a text, shows no secret, not in what it hides from a log either. */
export function assertNoSecrets(value: unknown, secrets: readonly string[] = SECRETS): void {
  const shown = typeof value === "string" ? value : inspect(value, { showHidden: true, depth: 20 });
  assertEquals(secrets.filter((secret) => shown.includes(secret)), [], shown);
}
