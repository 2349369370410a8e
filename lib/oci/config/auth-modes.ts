/** The ways to authenticate that Oracle's CLI knows. */
export const AUTH_MODES = [
  'api_key',
  'instance_principal',
  'security_token',
  'instance_obo_user',
  'resource_principal',
  'oke_workload_identity',
] as const;

export type AuthMode = (typeof AUTH_MODES)[number];
