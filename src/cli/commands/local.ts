import { type Faults, type LocalService, startLocalService } from "../../local/mod.ts";
import type { CliContext } from "../cli_context.ts";
import { EXIT } from "../exit_codes.ts";
import type { LocalValues } from "../options/local_options.ts";
import { UsageError } from "../usage_error.ts";

/** Runs a Compute service on this machine until it is interrupted. */
export async function local(context: CliContext, values: LocalValues): Promise<number> {
  const { port, workers, python, taskSeconds, maxRequests } = values;
  const service = await startLocalService({
    port,
    ...(workers === undefined ? {} : { workers }),
    ...(python === undefined ? {} : { python }),
    ...(taskSeconds === undefined ? {} : { taskTimeLimitMs: taskSeconds * 1000 }),
    ...(maxRequests === undefined ? {} : { maxRequestsPer10s: maxRequests }),
    maxRecords: 0, // Nobody reads them here, and the service may run for weeks.
    faults: faultsOf(values),
    onOutput: (chunk) => void context.io.stderr.write(new TextDecoder().decode(chunk)),
  }).catch((error: Error) => {
    throw new UsageError(error.message); // There is no usable Python, or the port is taken.
  });
  try {
    tell(context, service);
    if (!context.signal.aborted) {
      await new Promise((resolve) => context.signal.addEventListener("abort", resolve, { once: true }));
    }
  } finally {
    await service.close();
  }
  if (!context.isJson) context.print("\nStopped.");
  return EXIT.ok;
}

function faultsOf(
  { faults: { readOnce, latencyMs, queueDelayMs, offline, fail, seed } }: LocalValues,
): Faults {
  return {
    readOnce,
    offline,
    failRate: Object.fromEntries(fail),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(queueDelayMs === undefined ? {} : { queueDelayMs }),
    ...(seed === undefined ? {} : { seed }),
  };
}

function tell(context: CliContext, service: LocalService): void {
  const { baseUrl, issuer, endpointId, clientId, clientSecret, accessToken, nativeClientId } = service;
  const { workers, pythonVersion } = service;
  if (context.isJson) {
    context.printJson({
      baseUrl,
      issuer,
      endpointId,
      clientId,
      clientSecret,
      accessToken,
      nativeClientId,
      workers,
      pythonVersion,
    });
    return;
  }
  context.print(`Globus Compute on this machine (Ctrl-C stops it)

  address    ${baseUrl}
  issuer     ${issuer}
  endpoint   ${endpointId}
  client     ${clientId}, with the secret ${clientSecret}
  token      ${accessToken}
  workers    ${workers}, Python ${pythonVersion}

Paste this into another terminal, in this folder:

export GLOBUS_SDK_SERVICE_URL_COMPUTE=${baseUrl} GLOBUS_SDK_SERVICE_URL_AUTH=${issuer}
export GLOBUS_COMPUTE_CLIENT_ID=${clientId} GLOBUS_COMPUTE_CLIENT_SECRET=${clientSecret}
echo 'def double(x): return 2 * x' > double.py
${context.command} run double.py --endpoint ${endpointId} --args 21

To act for yourself, log in; its page asks for the secret:

${context.command} login --issuer ${issuer} --client-id ${nativeClientId}

What tasks print follows.
`);
}
