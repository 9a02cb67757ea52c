import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import type { InferValue } from "@optique/core/parser";
import { command, constant } from "@optique/core/primitives";
import { issuerOption, outputOptions, timeoutOption } from "./shared_options.ts";

/** The arguments of `logout`. */
export const logoutOptions = command(
  "logout",
  object({
    kind: constant("logout"),
    issuer: issuerOption,
    timeoutMs: timeoutOption("How long it may take."),
    output: outputOptions,
  }),
  {
    brief: message`Revoke your tokens, and forget them.`,
    description:
      message`Revokes the tokens of your login and forgets them, even where the server cannot be reached: then it ends with 4, as a token may still be taken.`,
  },
);

/** What {@linkcode logoutOptions} read. */
export type LogoutValues = InferValue<typeof logoutOptions>;
