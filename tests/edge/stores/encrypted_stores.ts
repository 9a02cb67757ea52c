import { encryptedStore } from "../../../edge/stores/encrypted_store.ts";
import type { Store } from "../../../src/store/store.ts";
import { encodeBase64 } from "../../../src/base/base64.ts";
import type { StoreKind } from "../../store/store_case.ts";

/** A key for tests, which differ in their number. */
export function encryptionKey(number: number): string {
  return encodeBase64(new Uint8Array(32).fill(number));
}

export const [KEY_1, KEY_2, KEY_3] = [1, 2, 3].map(encryptionKey) as [string, string, string];

/** Encrypted stores over another kind, with one key for all calls. */
export function encryptedStores(kind: StoreKind): StoreKind {
  return over(kind, (store) => encryptedStore(store, [KEY_1]));
}

/** Those in the midst of a rotation: one call after the other is made by processes with their keys in another order. */
export function rotatingStores(kind: StoreKind): StoreKind {
  return over(kind, async (store) => {
    const stores = await Promise.all([
      encryptedStore(store, [KEY_1, KEY_2]),
      encryptedStore(store, [KEY_2, KEY_1]),
      encryptedStore(store, [KEY_2, KEY_3, KEY_1]),
    ]);
    let calls = 0;
    const next = () => stores[calls++ % stores.length] as Store;
    return {
      get: (key) => next().get(key),
      getMany: (keys) => next().getMany(keys),
      list: (prefix, options) => next().list(prefix, options),
      commit: (changes) => next().commit(changes),
    };
  });
}

function over(kind: StoreKind, encrypt: (store: Store) => Promise<Store>): StoreKind {
  return {
    name: `encrypted ${kind.name}`,
    clock: kind.clock,
    async open() {
      const { store, reopen, close } = await kind.open();
      return {
        store: await encrypt(store),
        ...(reopen ? { reopen: async () => await encrypt(await reopen()) } : {}),
        close,
      };
    },
  };
}
