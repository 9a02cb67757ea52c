import { sha256Hex } from "../../base/sha256.ts";
import { LOCAL_USER_ID } from "../constants.ts";

/** Somebody who may own endpoints and tasks. */
export interface Account {
  id: string;
  username: string;
  name: string;
}

/** Whose service it is. */
export const OWNER: Account = { id: LOCAL_USER_ID, username: "you@localhost", name: "Owner of this service" };

/** The owner again, by the client that a newcomer is let in with: all that it makes is the owner's. */
export function ownersClient(clientId: string): Account {
  return { ...serviceAccount(clientId, OWNER.id), name: OWNER.name };
}

/** Another client, which has its own things. */
export async function otherClient(clientId: string): Promise<Account> {
  return serviceAccount(clientId, await idOf(clientId));
}

/** A subject that a trusted issuer speaks for. */
export async function trustedSubject(issuer: string, subject: string): Promise<Account> {
  return { id: await idOf(`${issuer} ${subject}`), username: `${subject} of ${issuer}`, name: subject };
}

function serviceAccount(clientId: string, id: string): Account {
  return { id, username: `${clientId}@clients.auth.globus.org`, name: clientId };
}

/** The same id for the same name. */
async function idOf(name: string): Promise<string> {
  const hex = await sha256Hex(name);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ]
    .join("-");
}
