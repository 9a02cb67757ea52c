/**
 * A handler in a process of its own, so that it can be killed: it listens on loopback, keeps all in a file, and
 * collects when something is due. Prints its port.
 */
import { accessToken } from "../../../mod.ts";
import { createCollector } from "../../../edge/collector.ts";
import { createEdgeHandler } from "../../../edge/handler.ts";
import type { Hook } from "../../../edge/hook.ts";
import { github } from "../../../edge/verify/github.ts";
import { sqliteStore } from "../../../src/store/sqlite_store.ts";
import { fastClock } from "./fast_clock.ts";

/** What the process is told. */
export interface HandlerSettings {
  port: number;
  storeFile: string;
  serviceUrl: string;
  accessToken: string;
  maxRequestsPer10s: number;
  endpointId: string;
  functionId: string;
  hookSecret: string;
  receiverUrl: string;
  receiverSecret: string;
  sinceMs: number;
  speed: number;
  /** Has the milliseconds by which the time of day of this process is set, now and whenever that changes. */
  stepFile?: string;
}

/** How often it looks at its time of day. */
const LOOK_MS = 50;

const settings: HandlerSettings = JSON.parse(Deno.args[0] ?? "");
const { endpointId, functionId } = settings;
let stepMs = 0;
const readStep = (file: string) => {
  stepMs = Number(Deno.readTextFileSync(file));
};
if (settings.stepFile !== undefined) {
  readStep(settings.stepFile);
  setInterval(readStep, LOOK_MS, settings.stepFile);
}
const clock = fastClock(settings.sinceMs, settings.speed, () => stepMs);

const hook: Hook = {
  verify: github({ secrets: [settings.hookSecret] }),
  endpoints: [endpointId],
  functions: [functionId],
  deliver: { url: settings.receiverUrl, secret: settings.receiverSecret },
  batch: (event) => ({ endpointId, tasks: [{ functionId, args: [event] }] }),
};
const handler = createEdgeHandler({
  baseUrl: "http://127.0.0.1",
  hooks: { submitted: hook, accepted: { ...hook, answer: "accepted" } },
  store: sqliteStore(settings.storeFile, { clock }),
  linkSecrets: ["the secret of the links of the storm"],
  authorizer: accessToken(settings.accessToken),
  service: { baseUrl: settings.serviceUrl, maxRequestsPer10s: settings.maxRequestsPer10s },
  limits: { maxRequestsPerCollect: 1_000 },
  allowPrivateAddresses: true,
  clock,
  onDue: (atMs) => collector.due(atMs),
});
const looked = Promise.withResolvers<void>();
const collector = createCollector({
  collect: (options) => handler.collect(options).finally(looked.resolve),
  clock,
  onError(error) {
    // deno-lint-ignore no-console -- nobody else tells of it
    console.error(error);
  },
});

const collecting = collector.runUntil(Infinity);
await looked.promise; // From here on it looks for the work of others once a minute: a test knows who has which.
Deno.serve({
  hostname: "127.0.0.1",
  port: settings.port,
  onListen: ({ port }) => void Deno.stdout.writeSync(new TextEncoder().encode(`${port}\n`)),
}, handler);
await collecting;
