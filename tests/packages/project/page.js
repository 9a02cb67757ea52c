// Run by a browser, bundled: `runJob` is called from outside.
import { run } from "./job.js";

globalThis.runJob = run;
