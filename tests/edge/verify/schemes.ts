/** Deliveries as their senders sign them, by `node:crypto`: another implementation than the one that verifies. */
import { Buffer } from "node:buffer";
import { createHmac, generateKeyPairSync, sign as signWithKey } from "node:crypto";
import { github } from "../../../edge/verify/github.ts";
import { hmac } from "../../../edge/verify/hmac.ts";
import { standardWebhooks } from "../../../edge/verify/standard_webhooks.ts";
import { timestampedHmac } from "../../../edge/verify/timestamped_hmac.ts";
import type { Verifier } from "../../../edge/verify/verifier.ts";

/** What a sender signs. The timestamp is a text, so that a test can sign what is none. */
export interface Delivery {
  readonly body: Uint8Array;
  readonly id: string;
  readonly timestamp: string;
}

/** How one kind of sender signs. */
export interface Scheme {
  readonly name: string;
  /** What is shared with the sender, and what another sender has. */
  readonly secret: string;
  readonly otherSecret: string;
  /** Its value ends with a signature of so many characters. */
  readonly signatureHeader: string;
  readonly signatureLength: number;
  /** What stands between two signatures, where there may be several. */
  readonly signatureSeparator?: string;
  /** The header field with the signed id, and that with the signed timestamp, where they have one of their own. */
  readonly signedIdHeader?: string;
  readonly timestampHeader?: string;
  readonly isTimed: boolean;
  /** The header fields of a delivery. */
  sign(delivery: Delivery, secret: string): Record<string, string>;
  /** Lets it in. */
  verifier(secrets: readonly string[]): Verifier;
}

function mac(secret: string | Uint8Array, pieces: readonly (string | Uint8Array)[], hash = "sha256"): Buffer {
  const hmac = createHmac(hash, secret);
  for (const piece of pieces) hmac.update(piece);
  return hmac.digest();
}

export const GITHUB: Scheme = {
  name: "github()",
  secret: "It's a Secret to Everybody",
  otherSecret: "It's a Secret to Nobody",
  signatureHeader: "x-hub-signature-256",
  signatureLength: 64,
  isTimed: false,
  sign: ({ body, id }, secret) => ({
    "x-github-event": "push",
    "x-github-delivery": id,
    "x-hub-signature-256": `sha256=${mac(secret, [body]).toString("hex")}`,
  }),
  verifier: (secrets) => github({ secrets }),
};

export const STANDARD_WEBHOOKS: Scheme = {
  name: "standardWebhooks(), v1",
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  otherSecret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
  signatureHeader: "webhook-signature",
  signatureLength: 44,
  signatureSeparator: " ",
  signedIdHeader: "webhook-id",
  timestampHeader: "webhook-timestamp",
  isTimed: true,
  sign: ({ body, id, timestamp }, secret) => ({
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${
      mac(Buffer.from(secret.slice("whsec_".length), "base64"), [`${id}.${timestamp}.`, body]).toString(
        "base64",
      )
    }`,
  }),
  verifier: (secrets) => standardWebhooks({ secrets }),
};

const KEY_PAIRS = new Map([newKeyPair(), newKeyPair()]);
const [PUBLIC_KEY = "", OTHER_PUBLIC_KEY = ""] = KEY_PAIRS.keys();

function newKeyPair(): [publicKey: string, privateKey: Parameters<typeof signWithKey>[2]] {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const bytes = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  return [`whpk_${bytes.toString("base64")}`, privateKey];
}

export const ASYMMETRIC_WEBHOOKS: Scheme = {
  ...STANDARD_WEBHOOKS,
  name: "standardWebhooks(), v1a",
  secret: PUBLIC_KEY,
  otherSecret: OTHER_PUBLIC_KEY,
  signatureLength: 88,
  sign({ body, id, timestamp }, publicKey) {
    const privateKey = KEY_PAIRS.get(publicKey);
    if (privateKey === undefined) throw new Error("That key pair is not of this test");
    const signature = signWithKey(
      null,
      Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]),
      privateKey,
    );
    return {
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": `v1a,${signature.toString("base64")}`,
    };
  },
};

export const STRIPE: Scheme = {
  name: "timestampedHmac(), Stripe's form",
  secret: "whsec_of_stripe_0123456789",
  otherSecret: "whsec_of_another_0123456789",
  signatureHeader: "stripe-signature",
  signatureLength: 64,
  signatureSeparator: ",",
  isTimed: true,
  sign: ({ body, timestamp }, secret) => ({
    "stripe-signature": `t=${timestamp},v1=${mac(secret, [`${timestamp}.`, body]).toString("hex")}`,
  }),
  verifier: (secrets) => timestampedHmac({ form: "stripe", secrets }),
};

export const INNGEST: Scheme = {
  name: "timestampedHmac(), Inngest's form",
  secret: "signkey-prod-75e7833967ddc24e887648d23fb52841",
  otherSecret: "signkey-prod-ebaa637f01fb52841eb96630e995c587",
  signatureHeader: "x-inngest-signature",
  signatureLength: 64,
  signatureSeparator: "&",
  isTimed: true,
  sign: ({ body, timestamp }, secret) => ({
    "x-inngest-signature": `t=${timestamp}&s=${
      mac(secret.slice("signkey-prod-".length), [body, timestamp]).toString("hex")
    }`,
  }),
  verifier: (secrets) => timestampedHmac({ form: "inngest", secrets }),
};

export const SHOPIFY: Scheme = {
  name: "hmac(), Shopify's form",
  secret: "a client secret",
  otherSecret: "another client's secret",
  signatureHeader: "x-shopify-hmac-sha256",
  signatureLength: 44,
  isTimed: false,
  sign: ({ body, id }, secret) => ({
    "x-shopify-webhook-id": id,
    "x-shopify-hmac-sha256": mac(secret, [body]).toString("base64"),
  }),
  verifier: (secrets) =>
    hmac({
      header: "x-shopify-hmac-sha256",
      encoding: "base64",
      algorithm: "SHA-256",
      secrets,
      deliveryId: { header: "x-shopify-webhook-id" },
    }),
};

/** Slack's form, with SHA-512 and an id. */
export const GATEWAY: Scheme = {
  name: "hmac(), with a timestamp and an id",
  secret: "the secret of a gateway",
  otherSecret: "the secret of another",
  signatureHeader: "x-gateway-signature",
  signatureLength: 128,
  signedIdHeader: "x-gateway-id",
  timestampHeader: "x-gateway-time",
  isTimed: true,
  sign: ({ body, id, timestamp }, secret) => ({
    "x-gateway-id": id,
    "x-gateway-time": timestamp,
    "x-gateway-signature": `v0=${mac(secret, [`v0.${id}.${timestamp}.`, body], "sha512").toString("hex")}`,
  }),
  verifier: (secrets) =>
    hmac({
      header: "x-gateway-signature",
      prefix: "v0=",
      encoding: "hex",
      algorithm: "SHA-512",
      secrets,
      signed: "v0.{x-gateway-id}.{x-gateway-time}.{body}",
      timestampHeader: "x-gateway-time",
      deliveryId: { header: "x-gateway-id" },
    }),
};

export const SCHEMES: readonly Scheme[] = [
  GITHUB,
  STANDARD_WEBHOOKS,
  ASYMMETRIC_WEBHOOKS,
  STRIPE,
  INNGEST,
  SHOPIFY,
  GATEWAY,
];
