/** Servers that fail in each way that a connection can, on loopback, and the requests that have reached them. */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { AddressInfo } from "node:net";
import { freePort } from "../support/free_port.ts";
import { selfSignedCertificate } from "../support/certificate.ts";

/** Addresses by what becomes of a request there. */
export interface FailingServers extends AsyncDisposable {
  /** Those that a request surely does not reach. */
  unreached: Record<string, string>;
  /** Those that may have it. */
  doubtful: Record<string, string>;
  /** How many requests have been read by all of them. */
  countRead(): number;
}

/** An alert of TLS: the version is none that the server speaks (RFC 8446, section 6). */
const NO_SUCH_VERSION = new Uint8Array([0x15, 3, 1, 0, 2, 2, 70]);

/** Lets a request arrive, and then does this to its connection. */
function afterRequest(act: (socket: Socket) => void, onRead: () => void): (socket: Socket) => void {
  return (socket) => {
    let text = "";
    socket.on("error", () => {}).on("data", (chunk) => {
      const isRead = text.includes("\r\n\r\n");
      text += String(chunk);
      if (isRead || !text.includes("\r\n\r\n")) return;
      onRead();
      act(socket);
    });
  };
}

/** Starts all servers. */
export async function startFailingServers(): Promise<FailingServers> {
  const certificate = await selfSignedCertificate();
  const servers: Server[] = [];
  let read = 0;
  const onRead = () => void read++;
  const listen = async (server: Server, scheme = "http"): Promise<string> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const plain = (onSocket: (socket: Socket) => void) =>
    createServer((socket) => onSocket(socket.on("error", () => {})));
  const answer = (text: string) => (socket: Socket) => void socket.end(text);
  return {
    unreached: {
      noName: "https://no-such-host.invalid",
      refused: `http://127.0.0.1:${freePort()}`,
      refusedTls: `https://127.0.0.1:${freePort()}`,
      certificate: await listen(
        createTlsServer(certificate, afterRequest(() => {}, onRead)).on("tlsClientError", () => {}),
        "https",
      ),
      tlsVersion: await listen(
        plain((socket) => socket.once("data", () => socket.end(NO_SUCH_VERSION))),
        "https",
      ),
      noTls: await listen(
        plain((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))),
        "https",
      ),
      endsInHandshake: await listen(plain((socket) => socket.once("data", () => socket.end())), "https"),
    },
    doubtful: {
      reset: await listen(plain(afterRequest((socket) => void socket.resetAndDestroy(), onRead))),
      closed: await listen(plain(afterRequest((socket) => void socket.end(), onRead))),
      garbage: await listen(plain(afterRequest(answer("no HTTP\r\n\r\n"), onRead))),
      brokenAnswer: await listen(
        plain(afterRequest(answer("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"), onRead)),
      ),
      redirect: await listen(
        plain(
          afterRequest(answer("HTTP/1.1 303 See Other\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"), onRead),
        ),
      ),
    },
    countRead: () => read,
    async [Symbol.asyncDispose]() {
      for (const server of servers) await new Promise((resolve) => server.close(resolve));
    },
  };
}
