/** Deliveries as their senders sign them, by `node:crypto`: another implementation than the one that verifies. */
import { Buffer } from "node:buffer";
import { createHash, createHmac, generateKeyPairSync, sign as signWithKey } from "node:crypto";
import { discord } from "../../../edge/verify/discord.ts";
import { github } from "../../../edge/verify/github.ts";
import { gitlab } from "../../../edge/verify/gitlab.ts";
import { hmac } from "../../../edge/verify/hmac.ts";
import { huggingFace } from "../../../edge/verify/hugging_face.ts";
import { inngest } from "../../../edge/verify/inngest.ts";
import { meta } from "../../../edge/verify/meta.ts";
import { qstash } from "../../../edge/verify/qstash.ts";
import { slack } from "../../../edge/verify/slack.ts";
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
  /** How the signature is written; a secret that is sent as it is has no encoding. @default {hexadecimal} */
  readonly encoding?: "base64" | "base64url" | "asItIs";
  /** What is signed of the body. @default {its bytes} */
  readonly signs?: "json" | "nothing";
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
  encoding: "base64",
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
  name: "inngest()",
  secret: "signkey-prod-75e7833967ddc24e887648d23fb52841",
  otherSecret: "signkey-prod-ebaa637f01fb52841eb96630e995c587",
  signatureHeader: "x-inngest-signature",
  signatureLength: 64,
  signatureSeparator: "&",
  isTimed: true,
  signs: "json",
  sign: ({ body, timestamp }, secret) => ({
    "x-inngest-signature": `t=${timestamp}&s=${
      mac(secret.slice("signkey-prod-".length), [inOrder(body), timestamp]).toString("hex")
    }`,
  }),
  verifier: (secrets) => inngest({ secrets }),
};

/** The members in order, which is all that sets these bodies apart from RFC 8785. */
function inOrder(body: Uint8Array): string {
  const text = Buffer.from(body).toString();
  try {
    return JSON.stringify(
      JSON.parse(text),
      (_, value) =>
        typeof value === "object" && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
          : value,
    );
  } catch {
    return text;
  }
}

export const SHOPIFY: Scheme = {
  name: "hmac(), Shopify's form",
  secret: "a client secret",
  otherSecret: "another client's secret",
  signatureHeader: "x-shopify-hmac-sha256",
  signatureLength: 44,
  encoding: "base64",
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

export const SLACK: Scheme = {
  name: "slack()",
  secret: "8f742231b10e8888abcd99yyyzzz85a5",
  otherSecret: "58a5zzzyyy99dcba8888e01b132247f8",
  signatureHeader: "x-slack-signature",
  signatureLength: 64,
  timestampHeader: "x-slack-request-timestamp",
  isTimed: true,
  sign: ({ body, timestamp }, secret) => ({
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": `v0=${mac(secret, [`v0:${timestamp}:`, body]).toString("hex")}`,
    "idempotency-key": '"Ev1"',
  }),
  verifier: (secrets) => slack({ secrets }),
};

export const META: Scheme = {
  name: "meta()",
  secret: "the secret of an app",
  otherSecret: "the secret of another",
  signatureHeader: "x-hub-signature-256",
  signatureLength: 64,
  isTimed: false,
  sign: ({ body }, secret) => ({ "x-hub-signature-256": `sha256=${mac(secret, [body]).toString("hex")}` }),
  verifier: (secrets) => meta({ secrets, verifyTokens: ["meatyhamhock"] }),
};

const toHex = (publicKey: string): string =>
  Buffer.from(publicKey.slice("whpk_".length), "base64").toString("hex");
const DISCORD_KEYS = new Map([...KEY_PAIRS].map(([publicKey, privateKey]) => [toHex(publicKey), privateKey]));
const [DISCORD_KEY = "", OTHER_DISCORD_KEY = ""] = DISCORD_KEYS.keys();

export const DISCORD: Scheme = {
  name: "discord()",
  secret: DISCORD_KEY,
  otherSecret: OTHER_DISCORD_KEY,
  signatureHeader: "x-signature-ed25519",
  signatureLength: 128,
  timestampHeader: "x-signature-timestamp",
  isTimed: true,
  sign({ body, timestamp }, publicKey) {
    const privateKey = DISCORD_KEYS.get(publicKey);
    if (privateKey === undefined) throw new Error("That key pair is not of this test");
    return {
      "x-signature-timestamp": timestamp,
      "x-signature-ed25519": signWithKey(null, Buffer.concat([Buffer.from(timestamp), body]), privateKey)
        .toString("hex"),
    };
  },
  verifier: (publicKeys) => discord({ publicKeys }),
};

export const QSTASH: Scheme = {
  name: "qstash()",
  secret: "sig_5wKXQ6mPSerYPu6DRqYpA5dDjVZW",
  otherSecret: "sig_6Psg6RgxALRgP1zFSvuqUim5Nsqc",
  signatureHeader: "upstash-signature",
  signatureLength: 43,
  encoding: "base64url",
  isTimed: false,
  sign: ({ body, id, timestamp }, secret) => ({
    "upstash-message-id": id,
    "upstash-signature": messageToken(secret, {
      iss: "Upstash",
      sub: "https://hooks.example.org/hooks/push",
      exp: Number(timestamp) + 300,
      nbf: Number(timestamp),
      iat: Number(timestamp),
      jti: `jwt_${id}`,
      body: `${createHash("sha256").update(body).digest("base64url")}=`,
    }),
  }),
  verifier: (secrets) => qstash({ secrets }),
};

/** A token as QStash makes it. */
export function messageToken(
  secret: string,
  claims: object,
  header: object = { alg: "HS256", typ: "JWT" },
): string {
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(
    ".",
  );
  return `${signed}.${mac(secret, [signed]).toString("base64url")}`;
}

export const GITLAB: Scheme = {
  name: "gitlab()",
  secret: "glwt-a-long-and-random-text",
  otherSecret: "glwt-another-random-text--",
  signatureHeader: "x-gitlab-token",
  signatureLength: 27,
  encoding: "asItIs",
  isTimed: false,
  signs: "nothing",
  sign: ({ id }, secret) => ({
    "x-gitlab-token": secret,
    "x-gitlab-event": "Push Hook",
    "idempotency-key": id,
  }),
  verifier: (secrets) => gitlab({ secrets }),
};

export const HUGGING_FACE: Scheme = {
  name: "huggingFace()",
  secret: "hf-a-long-and-random-text",
  otherSecret: "hf-another-random-text---",
  signatureHeader: "x-webhook-secret",
  signatureLength: 25,
  encoding: "asItIs",
  isTimed: false,
  signs: "nothing",
  sign: (_, secret) => ({ "x-webhook-secret": secret }),
  verifier: (secrets) => huggingFace({ secrets }),
};

/** All of them. */
export const SCHEMES: readonly Scheme[] = [
  GITHUB,
  STANDARD_WEBHOOKS,
  ASYMMETRIC_WEBHOOKS,
  STRIPE,
  INNGEST,
  SHOPIFY,
  GATEWAY,
  SLACK,
  META,
  DISCORD,
  QSTASH,
  GITLAB,
  HUGGING_FACE,
];
