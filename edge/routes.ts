import { PatternRouter } from "hono/router/pattern-router";
import { methodNotAllowed, problemResponse } from "./problem.ts";

/** What answers at a path. */
export interface Route {
  /** The method that it takes, or `ALL`. Who takes GET takes HEAD. */
  readonly method: "ALL" | "GET" | "POST";
  /** Where it is, as Hono writes it: a part of it may be open, such as `:id`. */
  readonly path: string;
  /** Answers; it gets the open part of the path, whatever stands there. */
  readonly answer: (request: Request, part: string) => Response | Promise<Response>;
}

/**
 * Answers each request by the route that takes it. Hono's router finds it; of Hono's app, with its context and
 * middleware, nothing is used here.
 */
export function answerBy(routes: readonly Route[]): (request: Request) => Promise<Response> {
  const router = new PatternRouter<Route>();
  for (const route of routes) router.add("ALL", route.path, route);
  return async (request) => {
    const path = decoded(new URL(request.url).pathname);
    const isHead = request.method === "HEAD";
    // A thing has one address: one with a slash at its end is another.
    const [there] = path !== "/" && path.endsWith("/") ? [[]] : router.match("ALL", path);
    const found = there.find(([{ method }]) =>
      method === "ALL" || method === (isHead ? "GET" : request.method)
    );
    if (found !== undefined) {
      const [route, parameters] = found;
      const response = await route.answer(request, Object.values(parameters)[0] ?? "");
      return isHead ? new Response(null, response) : response;
    }
    if (there.length === 0) {
      return problemResponse({ status: 404, type: "not-found", title: "There is nothing here" });
    }
    const methods = there.map(([{ method }]) => method === "GET" ? "GET, HEAD" : method);
    return problemResponse(methodNotAllowed(methods.join(", ")));
  };
}

/** What is escaped without need is the same path; what is no UTF-8 is in no path of ours. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
