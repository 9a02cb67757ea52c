/** Logs a person in: `deno task login --client-id ID [--issuer URL] [--port N]`. */
import process from "node:process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import {
  beginLogin,
  finishLogin,
  listenForCallback,
  type PendingLogin,
  saveLogin,
} from "../src/login/mod.ts";
import { loginSlot } from "../src/login/save_login.ts";
import { describeTime, fail, readPort } from "./support/login_command.ts";

const HELP = `Logs you in at Globus Auth, so that programs on this machine call functions as you.

  --client-id ID   your native app client (default: the variable GLOBUS_COMPUTE_CLIENT_ID)
  --issuer URL     another authorization server, a local service's for one (default https://auth.globus.org)
  --port N         wait for the browser at http://localhost:N/callback, in the place of a code to paste;
                   that redirect has to be registered for the client
  --help           this text

The login is kept in ~/.globus_compute, or in the directory GLOBUS_COMPUTE_USER_DIR. 'deno task whoami' shows it,
'deno task logout' ends it.
`;

const HOW_TO_REGISTER =
  `Which client? Give its id: deno task login --client-id ID, or set GLOBUS_COMPUTE_CLIENT_ID.

You have none? It takes two minutes, once:

  1. Open https://app.globus.org/settings/developers
  2. Choose "Register a thick client or script that will be installed and run by users on their devices".
  3. Redirect URIs: https://auth.globus.org/v2/web/auth-code
     and, if you like to use --port 8765, http://localhost:8765/callback too.
  4. Copy the "Client UUID", and paste it after --client-id. It is no secret.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      "client-id": { type: "string" },
      issuer: { type: "string" },
      port: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const clientId = values["client-id"] || process.env.GLOBUS_COMPUTE_CLIENT_ID;
  if (!clientId) {
    process.stderr.write(HOW_TO_REGISTER);
    process.exitCode = 1;
    return;
  }
  const options = { clientId, issuer: values.issuer };
  const port = readPort(values.port);
  // Before somebody goes to the browser for nothing: can it be kept?
  const { issuer, file } = loginSlot(options);
  await file.update(issuer, (standing) => standing, { replaceDamaged: true });
  const { pending, answer } = port === undefined
    ? await askForCode(await beginLogin(options))
    : await waitForBrowser(options, port);
  const login = await finishLogin(pending, answer);
  const path = await saveLogin(pending.issuer, login);
  const { username, name } = login.identity;
  process.stdout.write(`
Logged in as ${username}${name === undefined ? "" : ` (${name})`} at ${pending.issuer}
  until      ${describeTime(login.expiresAtMs, login.refreshToken !== undefined)}
  kept in    ${path}
`);
}

interface Answered {
  pending: PendingLogin;
  answer: string;
}

async function askForCode(pending: PendingLogin): Promise<Answered> {
  process.stdout.write(`Open this address in a browser:\n\n${pending.url}\n\nPaste the code that it shows: `);
  return { pending, answer: await readLine() };
}

/** The first line of the terminal, or of what is piped in. */
function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  return new Promise((resolve) => {
    lines.once("line", (line) => {
      resolve(line);
      lines.close();
      process.stdin.destroy(); // A pipe that stays open would keep the process.
    });
    lines.once("close", () => resolve(""));
  });
}

async function waitForBrowser(
  options: { clientId: string; issuer: string | undefined },
  port: number,
): Promise<Answered> {
  const listener = await listenForCallback(port);
  try {
    const pending = await beginLogin({ ...options, redirectUri: listener.redirectUri });
    process.stdout.write(
      `Open this address in a browser on this machine:\n\n${pending.url}\n\nWaiting for it at ${listener.redirectUri}\n`,
    );
    const onForeignAnswer = () =>
      void process.stderr.write("An answer of another login came, and was refused: open the address above\n");
    return { pending, answer: await listener.wait({ state: pending.state, onForeignAnswer }) };
  } finally {
    await listener.close();
  }
}

main().catch(fail);
