/**
 * The first minute: `deno task demo [--keep]`. How fast does CO2 at Mauna Loa rise, and is the rise speeding up?
 *
 * A signed push of GitHub's is posted to the webhook handler, which makes a batch of it: two hundred resamples of the
 * yearly means, to each of which a Python function fits a curve, and one task that is given a bad argument. They run
 * in real Python processes behind a local Compute service, and their results come back as signed messages.
 * `--keep` leaves all of it up, so that the page of the batch can be looked at.
 */
import { createAdaptorServer } from "@hono/node-server";
import { readFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { parseArgs } from "node:util";
import { clientCredentials, createClient, memoryStore, registerSource, systemClock } from "../../mod.ts";
import { withDeadline } from "../../src/base/deadline.ts";
import { createCollector } from "../../edge/collector.ts";
import { createEdgeHandler } from "../../edge/mod.ts";
import { startLocalService } from "../../src/local/mod.ts";
import { co2Hook, readMeasurements } from "./co2_hook.ts";
import { examplePush, signedPush } from "./github_push.ts";
import { showProgress } from "./progress.ts";
import { createReceiver } from "./receiver.ts";
import { report } from "./report.ts";

const TIMEOUT_MS = 120_000;

async function main(): Promise<void> {
  const { values: { keep } } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
  const startMs = performance.now();
  const [measurements, source] = await Promise.all([
    readMeasurements(),
    readFile(new URL("co2_trend.py", import.meta.url), "utf8"),
  ]);
  const { years } = measurements;
  say(
    `CO2 at Mauna Loa, yearly means of ${years.length} years: how fast does it rise, and is the rise speeding up?`,
  );

  await using local = await startLocalService();
  say(`Local Compute service at ${local.baseUrl}, ${local.workers} workers, Python ${local.pythonVersion}`);
  const authorizer = clientCredentials(local);
  const client = createClient({ baseUrl: local.baseUrl, authorizer });
  const functionId = await registerSource(client, { source, name: "fit_resample" });

  const webhookSecret = randomText();
  const deliverySecret = `whsec_${btoa(randomText())}`;
  const receiver = createReceiver(deliverySecret);
  await using server = await serve((request) =>
    new URL(request.url).pathname === "/results" ? receiver.fetch(request) : handler(request)
  );
  const handler = createEdgeHandler({
    baseUrl: server.url,
    store: memoryStore(),
    linkSecrets: [randomText()],
    authorizer,
    service: { baseUrl: local.baseUrl },
    allowPrivateAddresses: true, // The receiver is on this machine.
    hooks: {
      "co2-on-push": co2Hook({
        measurements,
        endpointId: local.endpointId,
        functionId,
        webhookSecret,
        deliver: { url: `${server.url}/results`, secret: deliverySecret },
      }),
    },
    onDue: (atMs) => collector.due(atMs),
  });
  const collector = createCollector({
    collect: handler.collect,
    clock: systemClock,
    onError: (error) => say(`Cannot collect: ${error instanceof Error ? error.message : String(error)}`),
  });
  say(`Webhook handler at ${server.url}/hooks/co2-on-push`);

  const { repository, commit, body } = examplePush();
  const response = await fetch(await signedPush(`${server.url}/hooks/co2-on-push`, body, webhookSecret));
  const accepted = await response.json();
  if (response.status !== 202) throw new Error(`The push was not taken: ${JSON.stringify(accepted)}`);
  say(`A push to ${repository} (${commit.slice(0, 7)}) became batch ${accepted.batchId}:`);
  say(accepted.viewUrl);
  const collecting = collector.runUntil(Infinity);
  try {
    await inTime(showProgress(accepted.viewUrl.replace("/view?", "/events?")));
    const { messages, tasks } = await inTime(receiver.delivery);
    if (process.stdout.isTTY) say("");
    say(`${tasks.length} results arrived in ${messages} signed messages.`);
    say("");
    for (const line of report(years, tasks)) say(line);
    say("");
    say(`${tasks.length} tasks, from the push to the answer in ${seconds(startMs)} s.`);
    if (keep) {
      say("");
      say("All of it stays up, until Ctrl+C:");
      say(accepted.viewUrl);
      await interrupted();
    } else say("The page of the batch went with it: 'npx -y deno@2.9.6 task demo --keep' leaves it up.");
  } finally {
    await collector.stop();
    await collecting;
  }
}

/** Serves a handler on a free port of loopback. */
async function serve(
  fetch: (request: Request) => Promise<Response>,
): Promise<AsyncDisposable & { url: string }> {
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server;
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function inTime<T>(work: Promise<T>): Promise<T> {
  const onTimeout = () => new Error("No results within two minutes");
  return withDeadline({ clock: systemClock, timeoutMs: TIMEOUT_MS, onTimeout }, () => work);
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}

function randomText(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

function seconds(startMs: number): string {
  return ((performance.now() - startMs) / 1000).toFixed(1);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
