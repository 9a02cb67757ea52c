import { checkKeys } from "../../src/base/check.ts";
import { createHmacVerifier } from "./create_hmac_verifier.ts";
import { namedVerifier } from "./named_verifier.ts";
import { readSecrets, type Secret } from "./read_secrets.ts";
import { refuse } from "./refuse.ts";
import { secretFinder } from "./secret_finder.ts";
import type { Verifier } from "./verifier.ts";

/** What {@linkcode meta} takes. */
export interface MetaOptions {
  /** The app's secret: of several any, so that it can be changed without a gap. */
  readonly secrets: readonly Secret[];
  /** The verify token that was entered beside the address: of several any. */
  readonly verifyTokens: readonly string[];
}

/**
 * Verifies webhooks of Meta (WhatsApp, Instagram, Messenger, Pages): an HMAC with SHA-256 over the raw body in
 * `X-Hub-Signature-256`. The GET with which an address is switched on is answered with its `hub.challenge`, where its
 * `hub.verify_token` is right. Meta gives deliveries no id: the same bytes are the same delivery.
 *
 * @example
 * ```ts
 * import { meta } from "@edge-compute/globus/edge";
 *
 * export const verify = meta({ secrets: ["the app's secret"], verifyTokens: ["a long, random text"] });
 * ```
 *
 * @throws {TypeError} If there is no secret or no token, or one is too short. The message shows neither.
 * @see {@link https://developers.facebook.com/docs/graph-api/webhooks/getting-started}
 */
export function meta(options: MetaOptions): Verifier {
  checkKeys(options, "meta()", "secrets verifyTokens", "secrets verifyTokens");
  const { secrets, verifyTokens } = options;
  const delivery = createHmacVerifier("meta()", {
    header: "x-hub-signature-256",
    prefix: "sha256=",
    encoding: "hex",
    algorithm: "SHA-256",
    secrets,
    deliveryId: "digest",
  });
  const isVerifyToken = secretFinder(readSecrets("meta()", verifyTokens, "verifyTokens"));

  return namedVerifier("meta", async (request, context) => {
    if (request.method === "POST") return await delivery(request, context);
    const { searchParams } = request.url;
    const text = searchParams.get("hub.challenge");
    const isRight = await isVerifyToken(searchParams.get("hub.verify_token") ?? "");
    if (!isRight) return refuse("its 'hub.verify_token' is not accepted");
    if (text === null || searchParams.get("hub.mode") !== "subscribe") {
      return refuse("it is no handshake: 'hub.mode=subscribe' and a 'hub.challenge' are expected");
    }
    return refuse("it is a handshake", { text });
  }, { isHandshake: ({ method, url }) => method === "GET" && url.searchParams.has("hub.challenge") });
}
