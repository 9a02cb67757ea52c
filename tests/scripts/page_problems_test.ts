/** The check of the documentation finds each kind of problem on a page. */
import { assertEquals } from "@std/assert";
import { pageProblems } from "../../scripts/docs/page_problems.ts";

const LANDING = '<div id="module_doc"><h2 id="a&#x2F;b">Text</h2></div>';

Deno.test("the pages of the docs are looked at for what a reader stumbles over", () => {
  const pages = new Map([
    [
      "index.html",
      `${LANDING}<a href=".&#x2F;edge&#x2F;~&#x2F;f.html#x">f</a> <a href="https://a.example/b">b</a>`,
    ],
    [
      "edge/index.html",
      `${LANDING}<a href="../">up</a><a href="#a/b">here</a><a href="../page.css">a file</a>`,
    ],
    ["edge/~/f.html", '<p id="x"><a href="../../index.html#a%2Fb">up</a>'],
  ]);
  const files = new Set([...pages.keys(), "page.css"]);
  assertEquals(pageProblems(pages, files, [".", "./edge"]), []);

  pages.set(
    "edge/index.html",
    '<a href="~/g.html">g</a> <a href="~/f.html#y">f</a> {@linkcode Missing}. @default {1}',
  );
  assertEquals(pageProblems(pages, files, [".", "./edge", "./local"]), [
    "edge/index.html: it has no module doc",
    "local/index.html: there is no such page",
    "edge/index.html: '{@linkcode Missing}' was not understood",
    "edge/index.html: '@default' was not understood",
    "edge/index.html: the link to '~/g.html' leads nowhere",
    "edge/index.html: the link to '~/f.html#y' leads nowhere",
  ]);
});
