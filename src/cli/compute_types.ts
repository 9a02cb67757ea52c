import { isRecord, messageOf } from "../base/narrow.ts";
import type { OpenAPI3 } from "openapi-typescript";
import { UsageError } from "./usage_error.ts";

/** A property with a default may be left out, and an object of which nothing is said holds anything. */
const OPTIONS = { silent: true, defaultNonNullable: false, emptyObjectsUnknown: true };

/** The document requires them on submissions, but they are the client's and the runtime's to send. */
const DROPPED_HEADERS = new Set(["user-agent", "content-length"]);

/** An OpenAPI document, as far as it is looked at. */
export type OpenApiDocument = Record<string, unknown>;

/**
 * Reads an OpenAPI 3 document, YAML or JSON.
 *
 * @param source What it is called in a message.
 * @throws {UsageError} If it is none.
 */
export async function readDocument(text: string, source: string): Promise<OpenApiDocument> {
  const { parse } = await load(() => import("yaml"));
  let document: unknown;
  try {
    document = parse(text); // JSON is YAML too.
  } catch (cause) {
    throw new UsageError(`Cannot use '${source}': it is neither YAML nor JSON (${firstLine(cause)})`);
  }
  if (isRecord(document) && /^3\./.test(String(document.openapi))) return document;
  throw new UsageError(`Cannot use '${source}': it is no OpenAPI 3 document`);
}

/**
 * The types of all routes of a document, for openapi-fetch.
 *
 * @param source What it is called in a message.
 * @throws {UsageError} If it cannot be used.
 */
export async function computeTypes(document: OpenApiDocument, source: string): Promise<string> {
  const { default: openapiTs, astToString } = await load(() => import("openapi-typescript"));
  dropHeaders(document);
  // The library prints its errors beside throwing them: one line is enough.
  const { error } = globalThis.console;
  globalThis.console.error = () => {};
  try {
    return astToString(await openapiTs(document as unknown as OpenAPI3, OPTIONS));
  } catch (cause) {
    throw new UsageError(`Cannot use '${source}': ${firstLine(cause)}`);
  } finally {
    globalThis.console.error = error;
  }
}

/** These packages are for this alone, and large: they need not be there. */
async function load<T>(importer: () => Promise<T>): Promise<T> {
  try {
    return await importer();
  } catch (error) {
    const isMissing = error instanceof Error && /not found|cannot find|could not find/i.test(error.message);
    if (!isMissing) throw error;
    throw new UsageError(
      "Cannot make types without the packages openapi-typescript, typescript and yaml: install them beside this one",
    );
  }
}

/** Takes the header parameters out wherever they are declared: with a path or with an operation. */
function dropHeaders(document: OpenApiDocument): void {
  const pathItems = isRecord(document.paths) ? Object.values(document.paths).filter(isRecord) : [];
  for (
    const item of pathItems.flatMap((pathItem) => [pathItem, ...Object.values(pathItem).filter(isRecord)])
  ) {
    if (!Array.isArray(item.parameters)) continue;
    item.parameters = item.parameters.filter((parameter) =>
      !(isRecord(parameter) && parameter.in === "header" &&
        DROPPED_HEADERS.has(String(parameter.name).toLowerCase()))
    );
  }
}

/** What went wrong, in a line, with what caused it. */
export function firstLine(error: unknown): string {
  const message = messageOf(error);
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return (message.split("\n")[0] + cause).trim();
}
