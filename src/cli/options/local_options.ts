import { group, object } from "@optique/core/constructs";
import { message, text } from "@optique/core/message";
import { multiple, optional, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { command, constant } from "@optique/core/primitives";
import { FAULT_KINDS, type FaultKind } from "../../local/faults.ts";
import { flagOption, valueOption } from "./named_option.ts";
import { outputOptions } from "./shared_options.ts";
import { duration, filePath, valueOf, wholeNumber } from "./value_parsers.ts";

/** Where a Python client looks that is set to `local`. */
const DEFAULT_PORT = 5000;

/** A kind of fault, and the share of requests that meet it. */
const faultRate = valueOf<readonly [kind: FaultKind, rate: number]>({
  metavar: "KIND=RATE",
  placeholder: ["serverError", 0],
  read(input) {
    const [, name, rate] = /^(\w+)=(\d*\.?\d+)$/.exec(input) ?? [];
    const kind = FAULT_KINDS.find((kind) => kind === name);
    if (kind !== undefined && Number(rate) <= 1) return { value: [kind, Number(rate)] };
    return {
      problem:
        `it must be a kind and a share from 0 to 1, such as serverError=0.1, not '${input}'; the kinds are ${
          FAULT_KINDS.join(", ")
        }`,
    };
  },
  suggest: (prefix) =>
    FAULT_KINDS.map((kind) => `${kind}=`).filter((kind) => kind.startsWith(prefix))
      .map((text) => ({ kind: "literal", text })),
});

/** The arguments of `local`. */
export const localOptions = command(
  "local",
  object({
    kind: constant("local"),
    port: withDefault(
      valueOption(
        "--port",
        wholeNumber("N", 0, 65_535),
        message`The port to listen on; 0 takes a free one (default 5000).`,
      ),
      DEFAULT_PORT,
    ),
    workers: optional(valueOption(
      "--workers",
      wholeNumber("N", 1, 1024),
      message`Python processes, and so tasks at a time (default: the machine's cores).`,
    )),
    python: optional(valueOption(
      "--python",
      filePath("PATH"),
      message`The interpreter that runs tasks (default python3).`,
    )),
    taskSeconds: optional(valueOption(
      "--task-seconds",
      wholeNumber("N", 1),
      message`How long a task may run (default 600).`,
    )),
    maxRequests: optional(valueOption(
      "--max-requests",
      wholeNumber("N", 1, 1_000_000),
      message`Requests in 10 seconds; more are answered 429 (default: no limit; the real one is 20).`,
    )),
    faults: group(
      "What shall go wrong, to see how a client takes it",
      object({
        readOnce: flagOption(["--read-once"], message`A result is forgotten once it has been sent.`),
        latencyMs: optional(valueOption(
          "--latency-ms",
          duration("N"),
          message`How long each answer is held back, or N-M for a time between two.`,
        )),
        queueDelayMs: optional(valueOption(
          "--queue-delay-ms",
          duration("N"),
          message`How long each task is on its way to a worker, or N-M.`,
        )),
        offline: flagOption(["--offline"], message`The endpoint is offline: tasks wait.`),
        fail: multiple(valueOption(
          "--fail",
          faultRate,
          message`The share of requests, from 0 to 1, that fail so; again for another kind. The kinds: ${
            text(FAULT_KINDS.join(", "))
          }.`,
        )),
        seed: optional(valueOption(
          "--seed",
          wholeNumber("N", 0),
          message`Another order of faults; the same seed gives the same one again (default 0).`,
        )),
      }),
    ),
    output: outputOptions,
  }),
  {
    brief: message`Run a Compute service on this machine.`,
    description:
      message`Runs a Compute service on this machine until Ctrl-C: it runs tasks in real Python processes, plays Globus Auth, and keeps all in memory. It listens on loopback alone and asks for the credentials that it prints, as it runs code.`,
  },
);

/** What {@linkcode localOptions} read. */
export type LocalValues = InferValue<typeof localOptions>;
