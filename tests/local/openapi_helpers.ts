/** Holds answers against the OpenAPI document. */
import { assert } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";

const DOCUMENT = parse(await Deno.readTextFile(new URL("../../openapi/compute.yaml", import.meta.url)));
const METHODS = ["get", "head", "post", "put", "delete"];
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addFormat("ipvanyaddress", true);
ajv.addSchema(DOCUMENT, "compute");

/** One operation of the document. */
export interface Operation {
  /** As it is called here: `POST /v2/batch_status`. */
  name: string;
  method: string;
  route: string;
  /** The statuses that it documents. */
  statuses: number[];
}

/** All operations of the document. */
export const OPERATIONS: Operation[] = Object.entries<Record<string, { responses: object }>>(DOCUMENT.paths)
  .flatMap(([route, item]) =>
    METHODS.filter((method) => method in item).map((method) => ({
      name: `${method.toUpperCase()} ${route}`,
      method: method.toUpperCase(),
      route,
      statuses: Object.keys(item[method]?.responses ?? {}).map(Number),
    }))
  );

/** The operation of this name. */
export function operationOf(name: string): Operation {
  const operation = OPERATIONS.find((known) => known.name === name);
  assert(operation, `${name} is not in the document`);
  return operation;
}

/** Checks an answer against the schema of its operation and status, and returns its body. */
export async function check({ name, method, route }: Operation, response: Response): Promise<unknown> {
  const text = await response.text();
  const documented = DOCUMENT.paths[route][method.toLowerCase()].responses[response.status];
  assert(documented, `${name} does not document ${response.status}: ${text}`);
  if (method === "HEAD") {
    assert(text === "", `${name} ${response.status} has a body`);
    return undefined;
  }
  const shared: string | undefined = documented.$ref;
  const place = shared === undefined
    ? ["paths", route, method.toLowerCase(), "responses", String(response.status)]
    : shared.slice("#/".length).split("/");
  const content = place.reduce((value, key) => value[key], DOCUMENT).content;
  if (content === undefined) return text === "" ? undefined : JSON.parse(text);
  assert(
    response.headers.get("content-type")?.startsWith("application/json"),
    `${name} ${response.status}: ${response.headers.get("content-type")}`,
  );
  const pointer = [...place, "content", "application/json", "schema"].map((key) =>
    encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))
  ).join("/");
  const schema = `compute#/${pointer}`;
  const validate = ajv.getSchema(schema) ?? ajv.compile({ $ref: schema });
  const body = JSON.parse(text);
  assert(
    validate(body),
    `${name} ${response.status}: ${ajv.errorsText(validate.errors)}: ${text.slice(0, 500)}`,
  );
  return body;
}
