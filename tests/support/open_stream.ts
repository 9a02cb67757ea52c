import { connect } from "node:net";
import { until } from "./until.ts";

/** A response that is read over a socket of its own, as a browser reads a stream. */
export interface OpenStream {
  status: number;
  /** Goes away without a word: the connection is closed from this side, or reset. */
  leave(by?: "close" | "reset"): void;
}

/** Asks for a stream over a raw socket: resolves when something of its body has come. */
export function openStream(url: URL): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port) });
    let text = "";
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`The connection was closed after '${text}'`)));
    socket.on("data", (data) => {
      text += data;
      const [head = "", body = ""] = text.split("\r\n\r\n");
      if (body === "") return;
      resolve({
        status: Number(head.split(" ")[1]),
        leave: (by = "close") => void (by === "close" ? socket.destroy() : socket.resetAndDestroy()),
      });
    });
    socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
  });
}

/** The same as soon as there is a place: a server hears a moment later that a reader has gone. */
export async function openFreeStream(url: URL): Promise<OpenStream> {
  let stream: OpenStream | undefined;
  await until("a place for a stream", async () => {
    const opened = await openStream(url);
    if (opened.status === 200) stream = opened;
    else opened.leave();
    return stream !== undefined;
  });
  return stream as OpenStream;
}

/** What readers do that come and go. */
export interface ComeAndGo {
  maxOpen: number;
  times: number;
  by?: "close" | "reset";
}

/**
 * Takes all places, gives one back, has so many readers take it and go, and sees that one place is free again, and no
 * more.
 *
 * @returns The statuses of who asks while all places are taken, before and after.
 */
export async function comeAndGo(
  url: URL,
  { maxOpen, times, by = "close" }: ComeAndGo,
): Promise<[before: number, after: number]> {
  const staying: OpenStream[] = [];
  while (staying.length < maxOpen) staying.push(await openFreeStream(url));
  const statusOfOneMore = async () => {
    const more = await openStream(url);
    more.leave(by);
    return more.status;
  };
  const before = await statusOfOneMore();
  staying.pop()?.leave(by);
  for (let i = 0; i < times; i++) (await openFreeStream(url)).leave(by);
  staying.push(await openFreeStream(url));
  const after = await statusOfOneMore();
  for (const stream of staying) stream.leave(by);
  return [before, after];
}
