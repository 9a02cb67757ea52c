import { COMPUTE_SCOPE } from "../http/globus_auth.ts";

/** What a login is for: Compute, and who it is that logs in. */
export const LOGIN_SCOPES: readonly string[] = [COMPUTE_SCOPE, "openid", "profile", "email"];
