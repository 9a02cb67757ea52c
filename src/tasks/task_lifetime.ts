/** How long the service keeps a task without activity, in milliseconds: two weeks. What is stored of it lives as long. */
export const TASK_LIFETIME_MS: number = 14 * 24 * 3600 * 1000;
