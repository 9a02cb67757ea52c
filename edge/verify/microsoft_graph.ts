import { checkKeys } from "../../src/base/check.ts";
import { sha256Hex } from "../../src/base/sha256.ts";
import { namedVerifier } from "./named_verifier.ts";
import { membersOf } from "../../src/base/narrow.ts";
import { readJson } from "./read_json.ts";
import { readSecrets } from "./read_secrets.ts";
import { refuse } from "./refuse.ts";
import { secretFinder } from "./secret_finder.ts";
import type { Verifier } from "./verifier.ts";

/** What {@linkcode microsoftGraph} takes. */
export interface MicrosoftGraphOptions {
  /** The `clientState` of the subscriptions, 8 to 128 characters: of several any. */
  readonly clientStates: readonly string[];
}

/** Subscriptions of so many client states share a delivery at most: each costs a comparison. */
const MAX_CLIENT_STATES = 10;
const VALIDATION = "validationToken";

/**
 * Verifies change notifications of Microsoft Graph: each of a delivery must have one of these client states, which are
 * compared in constant time. The empty POST with which Graph tries an address is answered with its `validationToken` as
 * plain text: it has no secret with it, and starts nothing. The same bytes are the same delivery.
 *
 * @example
 * ```ts
 * import { microsoftGraph } from "@edge-compute/globus/edge";
 *
 * export const verify = microsoftGraph({ clientStates: ["a long, random text"] });
 * ```
 *
 * @throws {TypeError} If there is no client state, or one is too short. The message does not show it.
 * @see {@link https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks}
 */
export function microsoftGraph(options: MicrosoftGraphOptions): Verifier {
  const caller = "microsoftGraph()";
  checkKeys(options, caller, "clientStates", "clientStates");
  const isClientState = secretFinder(readSecrets(caller, options.clientStates, "clientStates"));

  return namedVerifier("microsoftGraph", async ({ url, body }) => {
    const text = url.searchParams.get(VALIDATION);
    if (text !== null && body.length === 0) return refuse("it is a handshake", { text });
    const { value } = membersOf(readJson(body));
    if (!Array.isArray(value) || value.length === 0) {
      return refuse("the body has no list 'value' of notifications");
    }
    const states = [...new Set(value.map((notification) => membersOf(notification).clientState))];
    const isKnown = (state: unknown) => typeof state === "string" && isClientState(state);
    if (states.length > MAX_CLIENT_STATES || (await Promise.all(states.map(isKnown))).includes(false)) {
      return refuse("a notification has no 'clientState' that is accepted");
    }
    return { isVerified: true, deliveryId: await sha256Hex(body), isIdSigned: true };
  }, { isHandshake: ({ method, url }) => method === "POST" && url.searchParams.has(VALIDATION) });
}
