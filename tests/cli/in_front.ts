import type { LocalService } from "../../src/local/mod.ts";

/** Has requests go on to a service; `onAnswer` may hold the answer to one that the service has taken. */
export function inFront(
  local: Pick<LocalService, "baseUrl">,
  onAnswer: (path: string, text: string) => void | Promise<void>,
): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.delete("host");
    const body = request.method === "POST" ? await request.text() : null;
    const answer = await fetch(`${local.baseUrl}${pathname}${search}`, {
      method: request.method,
      headers,
      body,
    });
    const bytes = await answer.arrayBuffer();
    await onAnswer(pathname, new TextDecoder().decode(bytes));
    return new Response(bytes, { status: answer.status, headers: answer.headers });
  });
}
