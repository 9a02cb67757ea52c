import { beginLogin, finishLogin, listenForCallback, type PendingLogin, saveLogin } from "../../login/mod.ts";
import { loginSlot } from "../../login/save_login.ts";
import { callSignal } from "../call_signal.ts";
import type { CliContext } from "../cli_context.ts";
import { describeExpiry } from "../describe_time.ts";
import { EXIT } from "../exit_codes.ts";
import type { LoginValues } from "../options/login_options.ts";
import { readLine } from "../read_line.ts";
import { UsageError } from "../usage_error.ts";

/** A person may have to find their phone first. */
const BROWSER_TIMEOUT_MS = 300_000;

/** Logs a person in, and keeps the login. */
export async function login(context: CliContext, values: LoginValues): Promise<number> {
  const { env } = context;
  const clientId = values.clientId ?? (env.GLOBUS_COMPUTE_CLIENT_ID || undefined);
  if (clientId === undefined) throw new UsageError(howToRegister(context));
  const issuer = values.issuer ?? (env.GLOBUS_SDK_SERVICE_URL_AUTH || undefined);
  const options = { clientId, issuer };
  // Before somebody goes to the browser for nothing: can it be kept?
  const slot = loginSlot({ issuer, env });
  await slot.file.update(slot.issuer, (standing) => standing, { replaceDamaged: true });
  const { pending, answer } = values.port === undefined
    ? await askForCode(context, await beginLogin(options), values.timeoutMs)
    : await waitForBrowser(context, options, values.port, values.timeoutMs);
  const found = await finishLogin(pending, answer, { signal: context.signal });
  const file = await saveLogin(pending.issuer, found, { env });
  const { identity, expiresAtMs, refreshToken } = found;
  const isRenewable = refreshToken !== undefined;
  if (context.isJson) {
    const expiresAt = expiresAtMs === undefined ? undefined : new Date(expiresAtMs);
    context.printJson({ ...identity, issuer: pending.issuer, clientId, expiresAt, isRenewable, file });
    return EXIT.ok;
  }
  const name = identity.name === undefined ? "" : ` (${identity.name})`;
  context.print(`Logged in as ${identity.username}${name} at ${pending.issuer}
  until      ${describeExpiry(expiresAtMs, isRenewable)}
  kept in    ${file}`);
  return EXIT.ok;
}

interface Answered {
  pending: PendingLogin;
  answer: string;
}

/** The address is no message that a quiet user can do without. */
async function askForCode(
  context: CliContext,
  pending: PendingLogin,
  timeoutMs: number | undefined,
): Promise<Answered> {
  const { io } = context;
  context.warn(`Open this address in a browser:\n\n${pending.url}\n`);
  io.stderr.write("Paste the code that it shows: ");
  try {
    return { pending, answer: await readLine(io.stdin, callSignal(context, timeoutMs)) };
  } finally {
    io.stderr.write("\n");
  }
}

async function waitForBrowser(
  context: CliContext,
  options: { clientId: string; issuer: string | undefined },
  port: number,
  timeoutMs: number | undefined,
): Promise<Answered> {
  const listener = await listenForCallback(port).catch((error: Error) => {
    throw new UsageError(error.message);
  });
  try {
    const pending = await beginLogin({ ...options, redirectUri: listener.redirectUri });
    context.warn(`Open this address in a browser on this machine:\n\n${pending.url}\n`);
    context.say(`Waiting for it at ${listener.redirectUri}`);
    const answer = await listener.wait({
      state: pending.state,
      signal: callSignal(context, timeoutMs),
      timeoutMs: Math.max(BROWSER_TIMEOUT_MS, 2 * (timeoutMs ?? 0)),
      onForeignAnswer: () =>
        context.warn("An answer of another login came, and was refused: open the address above"),
    });
    return { pending, answer };
  } finally {
    await listener.close();
  }
}

function howToRegister({ command }: CliContext): string {
  return `Which client? Give its id: ${command} login --client-id ID, or set GLOBUS_COMPUTE_CLIENT_ID

You have none? It takes two minutes, once:

  1. Open https://app.globus.org/settings/developers
  2. Choose "Register a thick client or script that will be installed and run by users on their devices".
  3. Redirect URIs: https://auth.globus.org/v2/web/auth-code
     and, if you like to use --port 8765, http://localhost:8765/callback too.
  4. Copy the "Client UUID", and paste it after --client-id. It is no secret.`;
}
