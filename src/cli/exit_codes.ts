/** What the program ends with; `mod.ts` and the help say it in words. */
export const EXIT = {
  ok: 0,
  taskFailed: 1,
  usage: 2,
  authorization: 3,
  service: 4,
  inDoubt: 5,
  notDone: 6,
  internal: 70,
  interrupted: 130,
} as const;

/** The codes in words, for the help. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.ok, "all is well"],
  [EXIT.taskFailed, "a task failed, or its result cannot be had"],
  [EXIT.usage, "an argument or a file cannot be used; nothing was sent because of it"],
  [EXIT.authorization, "no credentials, or they were refused"],
  [EXIT.service, "the service cannot be reached, or answered with an error"],
  [EXIT.inDoubt, "tasks may or may not have been submitted, or only some were; nothing is sent twice"],
  [EXIT.notDone, "tasks have no outcome yet, or --timeout is over; they go on"],
  [EXIT.internal, "a fault of this program"],
  [EXIT.interrupted, "interrupted; tasks go on"],
];
