/** A real handler on a loopback port, in front of the real local service, and a real browser. */
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { accessToken, createClient, memoryStore, registerSource } from "../../mod.ts";
import { createEdgeHandler } from "../../edge/handler.ts";
import type { EdgeHandler } from "../../edge/options.ts";
import { bearer } from "../../edge/verify/bearer.ts";
import { startLocalService } from "../../src/local/mod.ts";

const CHROMIUM = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";
/** A folder for pictures, for whoever wants to look at the pages. */
const SHOTS = Deno.env.get("BROWSER_SHOTS");
const SENDER_TOKEN = "the-token-of-the-sender";
export const OPERATOR_TOKEN = "the-token-of-the-operator";

/** A task with a gate waits for that file, so that a batch goes on when a test wants it; the fourth one divides by zero. */
const SOURCE = `
import os, time

def measure(year, gate):
    while gate is not None and not os.path.exists(gate):
        time.sleep(0.02)
    if year % 10 == 3:
        return 1 / 0
    return {"year": year, "co2": round(315.98 + 1.6 * (year - 1959), 2), "site": "Mauna Loa"}
`;

/** What a batch is to be like. */
export interface BatchOrder {
  tasks: number;
  /** What each task waits for, until it is released. */
  gate?: string;
  /** A group that is there: what the service takes can be found in it, though its answer is lost. */
  taskGroupId?: string;
}

/** What the sender is told. */
export interface SentBatchAnswer {
  batchId: string;
  viewUrl: string;
  state: string;
  taskGroupId?: string;
}

export interface BrowserWorld extends AsyncDisposable {
  baseUrl: string;
  /** Has a delivery start a batch. */
  send(order: BatchOrder): Promise<SentBatchAnswer>;
  /** Lets the tasks of a gate end whose index is below this one. */
  release(gate: string, untilIndex: number): Promise<void>;
  /** Has each answer to a submission be lost from now on. */
  loseSubmissions(): void;
  /** Has none be lost any more. */
  keepSubmissions(): void;
  /** Has the service refuse all submissions from now on, but the first request of the next batch. */
  refuseTheRest(): void;
  /** A page of its own, whose errors fail the test. */
  open(options?: BrowserContextOptions): Promise<OpenPage>;
}

export interface OpenPage extends AsyncDisposable {
  page: Page;
  /** What has gone wrong on the page: errors of the script, and what the content security policy has refused. */
  problems: string[];
}

/** Starts all of it. */
export async function openBrowserWorld(): Promise<BrowserWorld> {
  let isLosing = false;
  let submissionsLeft = Infinity;
  const gates = await Deno.makeTempDir({ prefix: "browser-" });
  const local = await startLocalService({
    workers: 2,
    faults: {
      failRate: { resetAfterTaken: 1 },
      failOnly: ({ path }) => isLosing && path.endsWith("/submit"),
    },
  });
  const authorizer = accessToken(local.accessToken);
  const client = createClient({ baseUrl: local.baseUrl, authorizer });
  const functionId = await registerSource(client, { source: SOURCE, name: "measure" });

  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request): Promise<Response> => handler(request), // Nobody knows the port before there is a handler.
  );
  const baseUrl = `http://127.0.0.1:${server.addr.port}`;
  const { endpointId } = local;
  const handler: EdgeHandler = createEdgeHandler({
    baseUrl,
    store: memoryStore(),
    linkSecrets: ["a secret that signs links for the browser"],
    authorizer,
    service: { baseUrl: local.baseUrl, maxRequestsPer10s: 1_000 },
    fetch(request) {
      if (!request.url.endsWith("/submit") || submissionsLeft-- > 0) return fetch(request);
      const refusal = { code: "MAX_QUEUE", reason: "The queue is full", http_status_code: 400 };
      return Promise.resolve(Response.json(refusal, { status: 400 }));
    },
    operator: bearer({ tokens: [OPERATOR_TOKEN] }),
    hooks: {
      "co2-on-push": {
        verify: bearer({ tokens: [SENDER_TOKEN] }),
        endpoints: [endpointId],
        functions: [functionId],
        batch: (event) => {
          const { tasks, gate, taskGroupId } = event as BatchOrder;
          const args = Array.from(
            { length: tasks },
            (_, index) => [1960 + index, gate === undefined ? null : join(gates, `${gate}-${index}`)],
          );
          return {
            endpointId,
            tasks: args.map((args) => ({ functionId, args })),
            ...(taskGroupId === undefined ? {} : { taskGroupId }),
          };
        },
      },
    },
  });
  const collecting = collectUntilStopped(handler);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });

  return {
    baseUrl,
    async send(order) {
      const headers = {
        "content-type": "application/json",
        authorization: `Bearer ${SENDER_TOKEN}`,
        "idempotency-key": `"${crypto.randomUUID()}"`,
      };
      const body = JSON.stringify(order);
      const response = await fetch(`${baseUrl}/hooks/co2-on-push`, { method: "POST", headers, body });
      if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
      return await response.json();
    },
    async release(gate, untilIndex) {
      for (let index = 0; index < untilIndex; index++) {
        await Deno.writeTextFile(join(gates, `${gate}-${index}`), "");
      }
    },
    loseSubmissions() {
      isLosing = true;
    },
    keepSubmissions() {
      isLosing = false;
    },
    refuseTheRest() {
      submissionsLeft = 1;
    },
    open: (options = {}) => openPage(browser, options),
    async [Symbol.asyncDispose]() {
      await browser.close();
      await collecting.stop();
      await server.shutdown();
      await local.close();
      await Deno.remove(gates, { recursive: true });
    },
  };
}

/** Calls `collect` as a server of one's own does, but more often. */
function collectUntilStopped(handler: EdgeHandler): { stop(): Promise<void> } {
  let isStopped = false;
  const loop = (async () => {
    while (!isStopped) {
      await handler.collect();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await loop;
    },
  };
}

async function openPage(browser: Browser, options: BrowserContextOptions): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const problems: string[] = [];
  page.on("pageerror", ({ message }) => void problems.push(message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  return { page, problems, [Symbol.asyncDispose]: () => context.close() };
}

/** Takes a picture of the whole page, where somebody wants one. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
}
