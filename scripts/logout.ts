/** Ends the login of a person: `deno task logout [--issuer URL]`. */
import process from "node:process";
import { parseArgs } from "node:util";
import { endLogin } from "../src/login/mod.ts";
import { fail } from "./support/login_command.ts";

const HELP = `Revokes your tokens and forgets them; ends with 1 where one could not be revoked.

  --issuer URL   another authorization server (default https://auth.globus.org)
  --help         this text
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { issuer: { type: "string" }, help: { type: "boolean", default: false } },
  });
  if (values.help) return void process.stdout.write(HELP);
  const { revoked, notRevoked } = await endLogin(values);
  if (revoked.length + notRevoked.length === 0) return void process.stdout.write("Nobody was logged in\n");
  for (const { token, reason } of notRevoked) {
    process.stderr.write(`The ${token.replace("_", " ")} may still be taken: ${reason.message}\n`);
    process.exitCode = 1;
  }
  process.stdout.write(`Logged out: ${revoked.length} tokens revoked, and the login forgotten\n`);
}

main().catch(fail);
