import { systemClock } from "../../../mod.ts";
import { whoIsLoggedIn } from "../../login/mod.ts";
import { callSignal } from "../call_signal.ts";
import type { CliContext } from "../cli_context.ts";
import { chooseAuthorizer, hasCredentials, resolveService } from "../connect.ts";
import { describeExpiry } from "../describe_time.ts";
import { EXIT } from "../exit_codes.ts";
import type { WhoamiValues } from "../options/whoami_options.ts";

/** Tells who the other commands act for. */
export async function whoami(context: CliContext, values: WhoamiValues): Promise<number> {
  const { env } = context;
  const service = resolveService(values.service, env);
  const signal = callSignal(context, values.timeoutMs);
  if (hasCredentials(env)) return await tellCredentials(context, service, signal);
  const { issuer: named } = service;
  const { identity, issuer, clientId, expiresAtMs, isRenewable, file } = await whoIsLoggedIn({
    env,
    issuer: named,
    signal,
  });
  if (context.isJson) {
    const expiresAt = expiresAtMs === undefined ? undefined : new Date(expiresAtMs);
    context.printJson({ ...identity, issuer, clientId, expiresAt, isRenewable, file });
    return EXIT.ok;
  }
  context.print(`${identity.username}
  name       ${identity.name ?? "(none)"}
  identity   ${identity.sub}
  issuer     ${issuer}
  client     ${clientId}
  until      ${describeExpiry(expiresAtMs, isRenewable)}
  kept in    ${file}`);
  return EXIT.ok;
}

/** Of credentials in the environment a client says who it is; whether it is let in, a token shows. */
async function tellCredentials(
  context: CliContext,
  service: ReturnType<typeof resolveService>,
  signal: AbortSignal,
): Promise<number> {
  const authorizer = chooseAuthorizer(service, context.env);
  const { issuer, clientId } = await authorizer.identify?.() ?? {};
  if (clientId === undefined) {
    if (context.isJson) context.printJson({ source: "GLOBUS_COMPUTE_ACCESS_TOKEN" });
    else context.print("Whoever the access token of GLOBUS_COMPUTE_ACCESS_TOKEN is of");
    return EXIT.ok;
  }
  await authorizer(new Request("https://localhost"), {
    signal,
    fetch: (request) => fetch(request),
    clock: systemClock,
    client: {},
    rejected: undefined,
  });
  const username = `${clientId}@clients.auth.globus.org`;
  const source = "GLOBUS_COMPUTE_CLIENT_ID";
  if (context.isJson) context.printJson({ username, issuer, clientId, source });
  else {
    context.print(`${username}
  issuer     ${issuer}
  client     ${clientId}, by GLOBUS_COMPUTE_CLIENT_ID and GLOBUS_COMPUTE_CLIENT_SECRET`);
  }
  return EXIT.ok;
}
