/**
 * Breaks a connection in the middle of an answer that carries results, where results are read once, and asks for
 * them twice more: prints how long they are then, as JSON. A program, so that it can be run on several runtimes.
 */
import { connect } from "node:net";
import process from "node:process";
import { startLocalService } from "../../src/local/mod.ts";
import { finished, HELLO, json, NO_ARGUMENTS, sender, submit } from "./service_helpers.ts";

async function main(): Promise<void> {
  const functions = { hello_world: () => "x".repeat(9_000_000) };
  const local = await startLocalService({ workers: 1, functions });
  const send = sender(local, globalThis.fetch);
  const { taskIds } = await submit(send, HELLO, Array(4).fill(NO_ARGUMENTS));
  for (const taskId of taskIds) await finished(sender(local), taskId);
  local.setFaults({ readOnce: true });
  await breakOff(
    Number(new URL(local.baseUrl).port),
    local.accessToken,
    JSON.stringify({ task_ids: taskIds }),
  );
  // One event loop serves both ends: after these the service has heard of the break.
  for (let i = 0; i < 3; i++) await send("GET", "/v2/version").then((response) => response.text());
  const lengths = [];
  for (let i = 0; i < 2; i++) {
    const { results } = await json(send("POST", "/v2/batch_status", { task_ids: taskIds }));
    const records = Object.values(results as Record<string, { result?: string; reason?: string }>);
    lengths.push(records.map(({ result, reason }) => result?.length ?? reason));
  }
  await local.close();
  process.stdout.write(JSON.stringify(lengths));
}

/** Sends a request, and is gone as soon as the answer begins. */
async function breakOff(port: number, token: string, body: string): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.write([
    "POST /v2/batch_status HTTP/1.1",
    "Host: 127.0.0.1",
    `Authorization: Bearer ${token}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n"));
  await new Promise((resolve) => socket.once("data", resolve));
  await new Promise<void>((resolve) => socket.once("close", () => resolve()).destroy());
}

main();
