import { HTTPException } from "hono/http-exception";

/** A refusal that asks for a login which meets a policy: a Globus Auth Requirements Error. */
export function reauthenticationRequired(policyId: string): HTTPException {
  const message = "This endpoint wants a login that meets its policy";
  const body = {
    code: "AuthorizationRequired",
    detail: message,
    reason: message,
    authorization_parameters: { session_message: message, session_required_policies: [policyId] },
  };
  return new HTTPException(403, { res: Response.json(body, { status: 403 }) });
}
