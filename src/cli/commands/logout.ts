import { endLogin } from "../../login/mod.ts";
import { callSignal } from "../call_signal.ts";
import type { CliContext } from "../cli_context.ts";
import { hasCredentials } from "../connect.ts";
import { EXIT } from "../exit_codes.ts";
import type { LogoutValues } from "../options/logout_options.ts";

/** Ends a login. */
export async function logout(context: CliContext, values: LogoutValues): Promise<number> {
  const { env } = context;
  const issuer = values.issuer ?? (env.GLOBUS_SDK_SERVICE_URL_AUTH || undefined);
  const { revoked, notRevoked } = await endLogin({
    env,
    issuer,
    signal: callSignal(context, values.timeoutMs),
  });
  for (const { token, reason } of notRevoked) {
    context.warn(`The ${token.replace("_", " ")} may still be taken: ${reason.message}`);
  }
  const wasLoggedIn = revoked.length + notRevoked.length > 0;
  if (context.isJson) {
    const reasons = notRevoked.map(({ token, reason }) => ({ token, reason: reason.message }));
    context.printJson({ wasLoggedIn, revoked, notRevoked: reasons });
  } else {
    context.print(
      wasLoggedIn
        ? `Logged out: ${revoked.length} tokens revoked, and the login forgotten`
        : "Nobody was logged in",
    );
  }
  if (hasCredentials(env)) context.say("The credentials of the environment stand: commands go on using them");
  return notRevoked.length === 0 ? EXIT.ok : EXIT.service;
}
