import { HonoBase } from "hono/hono-base";
import { TrieRouter } from "hono/router/trie-router";

/** Routes and what answers them. */
export type App = InstanceType<typeof HonoBase>;

/** Makes an app with one router of Hono's: of its usual two, the other one would win nothing with a dozen routes. */
export function createApp(): App {
  return new HonoBase({ router: new TrieRouter() });
}
