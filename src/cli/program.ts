import { or } from "@optique/core/constructs";
import type { InferValue } from "@optique/core/parser";
import { batchOptions } from "./options/batch_options.ts";
import { endpointsOptions } from "./options/endpoints_options.ts";
import { generateOptions } from "./options/generate_options.ts";
import { localOptions } from "./options/local_options.ts";
import { loginOptions } from "./options/login_options.ts";
import { logoutOptions } from "./options/logout_options.ts";
import { runOptions } from "./options/run_options.ts";
import { statusOptions } from "./options/status_options.ts";
import { whoamiOptions } from "./options/whoami_options.ts";

/** All commands with their arguments, in the order of the help. */
export const program = or(
  loginOptions,
  logoutOptions,
  whoamiOptions,
  endpointsOptions,
  runOptions,
  batchOptions,
  statusOptions,
  localOptions,
  generateOptions,
);

/** What one command was given. */
export type CommandValues = InferValue<typeof program>;
