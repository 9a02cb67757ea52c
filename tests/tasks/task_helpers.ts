export * from "../support/task_helpers.ts";
