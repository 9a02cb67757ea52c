import { ROOT } from "./run.ts";

/** Bundles a module of the project into one that workerd runs. */
export async function bundleWorker(entry: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // What is in the Worker already stays outside. With a space in place of `=` the entry would be swallowed.
    args: ["bundle", "--quiet", "--platform=browser", "--external=cloudflare:*", "--external=node:*", entry],
    cwd: ROOT,
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
