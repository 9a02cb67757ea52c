/** Writes logins for one issuer over and over: `token_file_process.ts DIRECTORY ISSUER ROUNDS`. */
import process from "node:process";
import { tokenFile } from "../../src/login/token_file.ts";
import { storedLoginOf } from "./login_support.ts";

const [directory = "", issuer = "", rounds = "0"] = process.argv.slice(2);
const file = tokenFile(directory);
for (let i = 1; i <= Number(rounds); i++) {
  await file.update(issuer, (standing) => {
    const count = Number(standing?.scope ?? 0);
    // Large enough that a kill meets it half written, were it written in place.
    return storedLoginOf({ scope: `${count + 1}`, accessToken: "a".repeat(200_000) });
  });
  process.stdout.write(".");
}
