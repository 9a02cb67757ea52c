/** Run by workerd: the deployable, and when its alarm fires. */
import worker, { Edge } from "../../../edge/cloudflare.ts";

type Context = ConstructorParameters<typeof Edge>[0] & {
  readonly storage: { getAlarm(): Promise<number | null> };
};

/** Tells at `/alarm` when it fires, in milliseconds since 1970, `null` where it does not; at `/forget` it is lost. */
class ObservedEdge extends Edge {
  readonly #storage: Context["storage"];

  constructor(context: Context, bindings: ConstructorParameters<typeof Edge>[1]) {
    super(context, bindings);
    this.#storage = context.storage;
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/forget") await this.#storage.deleteAlarm();
    else if (pathname !== "/alarm") return await super.fetch(request);
    return Response.json(await this.#storage.getAlarm());
  }
}

export { ObservedEdge as Edge };
export default worker;
