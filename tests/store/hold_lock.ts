/**
 * A process that holds the write lock of a SQLite file, or all locks with `exclusive`, until its input ends:
 * `<path> [exclusive]`. It prints `held` once it has it.
 */
import process from "node:process";
import { DatabaseSync } from "node:sqlite";

const [path = "", mode] = process.argv.slice(2);
const db = new DatabaseSync(path);
if (mode === "exclusive") db.exec("PRAGMA locking_mode = EXCLUSIVE");
db.exec("BEGIN EXCLUSIVE");
if (mode === "exclusive") db.exec("CREATE TABLE IF NOT EXISTS held (x)");
process.stdout.write("held");
process.stdin.resume();
process.stdin.once("end", () => {
  db.exec("ROLLBACK");
  db.close();
});
