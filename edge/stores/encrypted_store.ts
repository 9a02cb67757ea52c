import { decodeBase64, encodeBase64 } from "../../src/base/base64.ts";
import { checkedStore } from "../../src/store/checked_store.ts";
import type { Store, StoreChange } from "../../src/store/store.ts";
import { getAll, removalOf } from "../../src/store/writes.ts";

/** What is derived from one key of the option `encrypt`. */
interface DerivedKey {
  /** Is part of each value, and tells which key decrypts it. */
  readonly id: string;
  readonly encryption: CryptoKey;
  readonly nonce: CryptoKey;
}

/** Begins each encrypted value. Increase the number when the form changes. */
const FORM = "enc1.";
const ID_BYTES = 6;
const NONCE_BYTES = 12;
const KEY_BYTES = 32;
const TEXT = "t";
const DEFLATED = "z";
/** `enc1.<id>.<t or z>.`; the nonce follows, and then the ciphertext with its tag, both in base64. */
const HEADER_LENGTH = FORM.length + 8 + ".t.".length;
/** Twelve bytes need no padding. */
const NONCE_LENGTH = 16;
/**
 * Longer texts are compressed: base64 adds a third, and 16 MiB of JSON must fit into a commit of 16 MiB. Shorter texts
 * fit without that: one commit has at most 64 values and 64 expectations, 8 MiB together.
 */
const DEFLATED_ABOVE_BYTES = 65_536;
/** For each try, another process has rewritten one of the keys. */
const MAX_TRIES = 100;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A store that encrypts values with AES-256-GCM before another store gets them. Keys and expiries stay as they are.
 *
 * The nonce is an HMAC of the key and the text. So the same text under the same key has the same ciphertext, and the
 * other store can compare it with what a commit expects. The key is authenticated with the value: reading a value that
 * was altered, or moved to another key, is an error. A value that is not encrypted is read as it is.
 *
 * @param keys Each is 32 bytes in base64. The first encrypts, all decrypt.
 */
export async function encryptedStore(store: Store, keys: readonly string[]): Promise<Store> {
  const derived = await Promise.all(keys.map(deriveKey));
  const [first] = derived as [DerivedKey, ...DerivedKey[]];

  async function decrypt(key: string, value: string): Promise<string> {
    if (!value.startsWith(FORM)) return value;
    const header = value.slice(0, HEADER_LENGTH);
    const id = header.slice(FORM.length, -".t.".length);
    const found = derived.find((one) => one.id === id);
    if (found === undefined) {
      throw new Error(
        `Cannot read '${key}' of the store: it was encrypted with a key that is not in 'encrypt': add that key, after the first one`,
      );
    }
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      const algorithm = {
        name: "AES-GCM",
        iv: decodeBase64(value.slice(HEADER_LENGTH, HEADER_LENGTH + NONCE_LENGTH)),
        additionalData: encoder.encode(header + key),
      };
      const ciphertext = decodeBase64(value.slice(HEADER_LENGTH + NONCE_LENGTH));
      bytes = new Uint8Array(await crypto.subtle.decrypt(algorithm, found.encryption, ciphertext));
    } catch (cause) {
      throw new Error(
        `Cannot read '${key}' of the store: its value was altered, or moved there from another key: restore it, or remove it with ${
          removalOf(key)
        }`,
        { cause },
      );
    }
    const isDeflated = header.at(-2) === DEFLATED;
    return decoder.decode(isDeflated ? await pipe(bytes, new DecompressionStream("deflate-raw")) : bytes);
  }

  /** One after the other: where one cannot be read, nothing goes on behind the error. */
  async function decryptAll(
    keys: readonly string[],
    values: readonly (string | undefined)[],
  ): Promise<(string | undefined)[]> {
    const texts: (string | undefined)[] = [];
    for (const [i, value] of values.entries()) {
      texts.push(value === undefined ? value : await decrypt(keys[i] as string, value));
    }
    return texts;
  }

  return checkedStore({
    async get(key) {
      const value = await store.get(key);
      return value === undefined ? value : await decrypt(key, value);
    },
    getMany: async (keys) => await decryptAll(keys, await store.getMany(keys)),
    list: (prefix, options) => store.list(prefix, options),
    async commit(changes) {
      let encrypted = await Promise.all(changes.map((change) => encryptChange(first, change)));
      const conditions = changes.filter(({ expected }) => expected !== undefined);
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        if (await store.commit(encrypted)) return true;
        if (conditions.every(({ expected }) => expected === null)) return false;
        // The expected text may be there in another form: encrypted with another key, or not encrypted.
        const keys = conditions.map(({ key }) => key);
        const standing = await getAll(store, keys);
        const texts = await decryptAll(keys, standing);
        if (conditions.some(({ expected }, i) => (texts[i] ?? null) !== expected)) return false;
        const standingAt = new Map(conditions.map(({ key }, i) => [key, standing[i] ?? null]));
        encrypted = encrypted.map((change) => {
          const expected = standingAt.get(change.key);
          return expected === undefined ? change : { ...change, expected };
        });
      }
      throw new Error(
        `Cannot commit the change of '${
          conditions[0]?.key
        }': other processes rewrite the same keys all the time`,
      );
    },
  });
}

/** Separate keys for separate uses, by HKDF. */
async function deriveKey(base64: string): Promise<DerivedKey> {
  const { subtle } = crypto;
  const secret = await subtle.importKey("raw", decodeBase64(base64), "HKDF", false, ["deriveBits"]);
  const info = encoder.encode("@edge-compute/globus encrypted store 1");
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const bits = new Uint8Array(await subtle.deriveBits(algorithm, secret, (2 * KEY_BYTES + ID_BYTES) * 8));
  const [encryption, nonce] = await Promise.all([
    subtle.importKey("raw", bits.slice(0, KEY_BYTES), "AES-GCM", false, ["encrypt", "decrypt"]),
    subtle.importKey(
      "raw",
      bits.slice(KEY_BYTES, 2 * KEY_BYTES),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    ),
  ]);
  return { id: encodeBase64(bits.subarray(2 * KEY_BYTES)), encryption, nonce };
}

async function encryptChange(keys: DerivedKey, change: StoreChange): Promise<StoreChange> {
  const { key, value, expected } = change;
  const [newValue, newExpected] = await Promise.all(
    [value, expected].map((text) => typeof text === "string" ? encrypt(keys, key, text) : text),
  );
  return {
    ...change,
    ...(newValue === undefined ? {} : { value: newValue }),
    ...(newExpected === undefined ? {} : { expected: newExpected }),
  };
}

async function encrypt({ id, encryption, nonce }: DerivedKey, key: string, text: string): Promise<string> {
  const bytes = encoder.encode(text);
  const deflated = bytes.length > DEFLATED_ABOVE_BYTES && typeof CompressionStream === "function"
    ? await pipe(bytes, new CompressionStream("deflate-raw"))
    : bytes;
  const isDeflated = deflated.length < bytes.length;
  const body = isDeflated ? deflated : bytes;
  const header = `${FORM}${id}.${isDeflated ? DEFLATED : TEXT}.`;
  const additionalData = encoder.encode(header + key);
  // The body, not the text: engines compress differently, and two bodies must not share a nonce. A key has no zero byte.
  const signed = new Uint8Array(additionalData.length + 1 + body.length);
  signed.set(additionalData);
  signed.set(body, additionalData.length + 1);
  const iv = new Uint8Array(await crypto.subtle.sign("HMAC", nonce, signed)).slice(0, NONCE_BYTES);
  const algorithm = { name: "AES-GCM", iv, additionalData };
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(algorithm, encryption, body));
  return header + encodeBase64(iv) + encodeBase64(ciphertext);
}

async function pipe(
  bytes: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(through)).arrayBuffer());
}
