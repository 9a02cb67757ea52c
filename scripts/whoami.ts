/** Shows who is logged in: `deno task whoami [--issuer URL]`. */
import process from "node:process";
import { parseArgs } from "node:util";
import { whoIsLoggedIn } from "../src/login/mod.ts";
import { describeTime, fail } from "./support/login_command.ts";

const HELP = `Shows who is logged in on this machine; ends with 1 where nobody is.

  --issuer URL   another authorization server (default https://auth.globus.org)
  --help         this text
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { issuer: { type: "string" }, help: { type: "boolean", default: false } },
  });
  if (values.help) return void process.stdout.write(HELP);
  const { identity, issuer, clientId, expiresAtMs, isRenewable, file } = await whoIsLoggedIn(values);
  process.stdout.write(`${identity.username}
  name       ${identity.name ?? "(none)"}
  identity   ${identity.sub}
  issuer     ${issuer}
  client     ${clientId}
  until      ${describeTime(expiresAtMs, isRenewable)}
  kept in    ${file}
`);
}

main().catch(fail);
