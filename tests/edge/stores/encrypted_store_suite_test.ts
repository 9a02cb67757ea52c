/** An encrypted store keeps all promises of a store, also while its keys are replaced. */
import { memoryStores } from "../../store/memory_stores.ts";
import { sqliteStores } from "../../store/sqlite_stores.ts";
import { storeCases } from "../../store/store_suite.ts";
import { encryptedStores, rotatingStores } from "./encrypted_stores.ts";

for (const { name, run } of storeCases) {
  for (
    const [with_, encrypt] of [["one key", encryptedStores], ["keys in rotation", rotatingStores]] as const
  ) {
    Deno.test(`encryptedStore() with ${with_} over memoryStore() ${name}`, () =>
      run(encrypt(memoryStores())));
    Deno.test(`encryptedStore() with ${with_} over sqliteStore() ${name}`, async () => {
      await using kind = await sqliteStores();
      await run(encrypt(kind));
    });
  }
}
