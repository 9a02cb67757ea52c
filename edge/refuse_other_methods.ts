import type { App } from "./create_app.ts";
import { methodNotAllowed, problemResponse } from "./problem.ts";

/** Has each path say which methods it takes, to whom comes with another one. Call it when all routes are there. */
export function refuseOtherMethods(app: App): void {
  const methodsOf = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    methodsOf.set(path, (methodsOf.get(path) ?? new Set()).add(method));
  }
  for (const [path, methods] of methodsOf) {
    if (methods.has("GET")) methods.add("HEAD");
    const allow = [...methods].join(", ");
    app.all(path, () => problemResponse(methodNotAllowed(allow)));
  }
}
