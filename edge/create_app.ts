import { PatternRouter } from "hono/router/pattern-router";
import { HonoBase } from "hono/hono-base";

/** Routes and what answers them. */
export type App = InstanceType<typeof HonoBase>;

/** Makes an app with the smallest router of Hono's: with a dozen routes, another one would win nothing. */
export function createApp(): App {
  return new HonoBase({ router: new ExactRouter() });
}

/** Hono's own takes a path with a slash at its end as well. Here a thing has one address. */
class ExactRouter<Handler> extends PatternRouter<Handler> {
  override match(method: string, path: string): ReturnType<PatternRouter<Handler>["match"]> {
    return path !== "/" && path.endsWith("/") ? [[]] : super.match(method, path);
  }
}
