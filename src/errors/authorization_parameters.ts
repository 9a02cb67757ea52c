/**
 * What a login has to meet before the service does what it was asked: the `authorization_parameters` of a Globus
 * Auth Requirements Error.
 */
export interface AuthorizationParameters {
  /** What to tell the person. */
  sessionMessage?: string;
  /** Identities of which one must be in the session, as ids or user names. */
  sessionRequiredIdentities?: string[];
  /** Ids of policies that the session must meet. */
  sessionRequiredPolicies?: string[];
  /** Domains of which an identity must be in the session. */
  sessionRequiredSingleDomain?: string[];
  /** Whether a second factor is needed. */
  sessionRequiredMfa?: boolean;
  /** Scopes that must have been consented to. */
  requiredScopes?: string[];
  /** `login`, where the person has to log in anew. */
  prompt?: string;
}
