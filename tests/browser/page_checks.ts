import { assertEquals } from "@std/assert";
import axe from "axe-core";
import type { Page } from "playwright-core";

interface Finding {
  id: string;
  impact: string | null;
  nodes: { html: string; failureSummary: string }[];
}

/** Holds a page against axe-core: no finding of any weight. The page's context must bypass its policy. */
export async function assertAccessible(page: Page, name: string): Promise<void> {
  await page.evaluate(axe.source);
  const findings = await page.evaluate<Finding[]>("axe.run(document).then(({ violations }) => violations)");
  const told = findings.map(({ id, impact, nodes }) =>
    `${impact} ${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`
  );
  assertEquals(told, [], name);
}

/** Holds a page against its width: nothing of it stands outside. */
export async function assertFits(page: Page, name: string): Promise<void> {
  const [content, window] = await page.evaluate<[number, number]>(
    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
  );
  assertEquals(content, window, `${name} is wider than its window`);
}
