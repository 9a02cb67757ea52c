/** sqliteStore() keeps all promises of a store. */
import { sqliteStores } from "./sqlite_stores.ts";
import { storeCases } from "./store_suite.ts";

for (const { name, run } of storeCases) {
  Deno.test(`sqliteStore() ${name}`, async () => {
    await using kind = await sqliteStores();
    await run(kind);
  });
}
