import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { command, constant } from "@optique/core/primitives";
import { valueOption } from "./named_option.ts";
import { issuerOption, outputOptions, timeoutOption } from "./shared_options.ts";
import { filledText, wholeNumber } from "./value_parsers.ts";

/** The arguments of `login`. */
export const loginOptions = command(
  "login",
  object({
    kind: constant("login"),
    clientId: optional(valueOption(
      "--client-id",
      filledText("ID"),
      message`Your native app client, one without a secret (GLOBUS_COMPUTE_CLIENT_ID).`,
    )),
    port: optional(valueOption(
      "--port",
      wholeNumber("N", 1, 65_535),
      message`Wait for the browser at http://localhost:N/callback, in the place of a code to paste; that redirect has to be registered for the client.`,
    )),
    issuer: issuerOption,
    timeoutMs: timeoutOption("How long to wait for you (default 300 with --port)."),
    output: outputOptions,
  }),
  {
    brief: message`Log in, so that the other commands act for you.`,
    description:
      message`Logs you in at Globus Auth, in the browser, once: the login is renewed by itself from then on. It is kept in ~/.globus_compute, or in the directory GLOBUS_COMPUTE_USER_DIR. In the place of a person, a client with a secret or an access token may act: see GLOBUS_COMPUTE_CLIENT_SECRET and GLOBUS_COMPUTE_ACCESS_TOKEN.`,
  },
);

/** What {@linkcode loginOptions} read. */
export type LoginValues = InferValue<typeof loginOptions>;
