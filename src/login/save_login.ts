import { checkKeys } from "../base/check.ts";
import { checkIssuer } from "../auth/oauth_client.ts";
import { GLOBUS_AUTH } from "../http/globus_auth.ts";
import { type StoredLogin, type TokenFile, tokenFile } from "./token_file.ts";
import { type LoginVariables, userDirectory } from "./user_directory.ts";

/** Where logins are kept. */
export interface LoginPlace {
  /**
   * The directory.
   * @default {the variable GLOBUS_COMPUTE_USER_DIR, or "~/.globus_compute"}
   */
  userDir?: string | undefined;
  /**
   * The environment variables.
   * @default {the process's}
   */
  env?: LoginVariables | undefined;
}

/** What names a login that is kept. */
export const STORED_LOGIN_KEYS = "userDir env issuer";
const LOGIN_KEYS = "clientId identity userinfo accessToken expiresAtMs renewAtMs refreshToken scope";

/** A login that is kept, or would be. */
export interface LoginSlot {
  issuer: string;
  file: TokenFile;
}

/** The place of one issuer's login. */
export function loginSlot(
  { issuer = GLOBUS_AUTH, userDir, env }: LoginPlace & { issuer?: string | undefined },
): LoginSlot {
  return {
    issuer: checkIssuer(issuer),
    file: tokenFile(userDirectory(userDir, env)),
  };
}

/**
 * Keeps a login, in the place of the one that the issuer had. It is in a file of its own beside the Python SDK's, which
 * its owner alone can read: `edge-compute-globus.json`.
 *
 * @param issuer The authorization server.
 * @param login What {@linkcode finishLogin} returned.
 * @param place Where logins are kept.
 * @returns The file.
 * @throws {ComputeAuthorizationError} If it cannot be written; the message has the directory.
 */
export async function saveLogin(issuer: string, login: StoredLogin, place: LoginPlace = {}): Promise<string> {
  checkIssuer(issuer);
  checkKeys(login ?? {}, "saveLogin()", LOGIN_KEYS, "clientId identity accessToken");
  checkKeys(place, "saveLogin()", STORED_LOGIN_KEYS);
  const slot = loginSlot({ ...place, issuer });
  await slot.file.update(slot.issuer, () => login, { replaceDamaged: true });
  return slot.file.path;
}
