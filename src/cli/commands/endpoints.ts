import {
  type Client,
  type EndpointSummary,
  getEndpointMetadata,
  getEndpoints,
  getEndpointStatus,
} from "../../../mod.ts";
import { callSignal } from "../call_signal.ts";
import type { CliContext } from "../cli_context.ts";
import { connect } from "../connect.ts";
import { EXIT } from "../exit_codes.ts";
import type { EndpointsValues } from "../options/endpoints_options.ts";
import { table } from "../table.ts";

/** Lists endpoints, or shows one. */
export async function endpoints(context: CliContext, values: EndpointsValues): Promise<number> {
  const { client } = connect(context, values.service);
  const signal = callSignal(context, values.timeoutMs);
  if (values.endpointId !== undefined) return await showOne(context, client, values.endpointId, signal);
  const found = await getEndpoints(client, { role: values.all ? "any" : "owner" }, { signal });
  const listed = values.status
    ? await Promise.all(found.map((endpoint) => withStatus(client, endpoint, signal)))
    : found;
  if (context.isJson) {
    context.printJson(listed);
    return EXIT.ok;
  }
  if (listed.length > 0) context.print(table([heads(values.status), ...listed.map(rowOf)]));
  else {
    context.say(
      values.all
        ? "There is no endpoint that you may use"
        : "You have no endpoints; --all has those that you may use",
    );
  }
  return EXIT.ok;
}

interface Listed extends EndpointSummary {
  status?: string;
}

async function withStatus(client: Client, endpoint: EndpointSummary, signal: AbortSignal): Promise<Listed> {
  const { status } = await getEndpointStatus(client, endpoint.endpointId, { signal });
  return { ...endpoint, status };
}

function heads(hasStatus: boolean): string[] {
  return ["ID", ...(hasStatus ? ["STATUS"] : []), "NAME"];
}

function rowOf({ endpointId, displayName, name, status }: Listed): string[] {
  return [endpointId, ...(status === undefined ? [] : [status]), displayName ?? name ?? ""];
}

async function showOne(
  context: CliContext,
  client: Client,
  endpointId: string,
  signal: AbortSignal,
): Promise<number> {
  const [metadata, status] = await Promise.all([
    getEndpointMetadata(client, endpointId, { signal }),
    getEndpointStatus(client, endpointId, { signal }),
  ]);
  if (context.isJson) {
    context.printJson({ ...metadata, ...status });
    return EXIT.ok;
  }
  const { details, status: word, isOnline } = status;
  const { endpointConfig: _, userConfigTemplate, userConfigSchema: __, ...told } = metadata;
  const lines = Object.entries({ status: word, ...told, ...details })
    .filter(([key]) => key !== "endpointId")
    .map(([key, value]) => [`  ${words(key)}`, String(value)]);
  context.print(`${endpointId}\n${table(lines)}`);
  if (!isOnline) context.say("It is not online: tasks wait for it");
  if (userConfigTemplate !== undefined) {
    context.say(
      "It is configured by a template: --json shows it, and --config of run and batch sets its values",
    );
  }
  return EXIT.ok;
}

/** `displayName` as `display name`. */
function words(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
