/** A command line that has to do with secrets as much as its command ever has. */
export interface SecretiveLine {
  /** The words of the command, as in `COMMANDS`. */
  readonly command: string;
  readonly words: readonly string[];
  readonly stdin?: string;
  /** Puts the stored token into OPC_COOKIE. */
  readonly withVariable?: true;
  /** What it is for: the token in an export statement. */
  readonly shows?: 'token';
  /** Never speaks to a service. */
  readonly local?: true;
  /** A login in the browser, where somebody goes to the page. */
  readonly visited?: true;
}

/** The password, where a line gives it on stdin. */
export const PASSWORD = 'canary+Pass/word 81%';
/** That of the private key of the session. */
export const PASSPHRASE = 'canary&phrase 19 ?';

const PROFILE = ['--profile', 'T'];

const USER = '/Compute-acme/jack.jones@example.com';
const PLAN = JSON.stringify({
  name: `${USER}/plan`,
  oplans: [{ label: 'list', obj_type: 'seclist', objects: [{ name: `${USER}/made` }] }],
});

/** Those that remove something stand last. */
export const SECRETIVE_LINES: readonly SecretiveLine[] = [
  { command: 'auth', words: [], shows: 'token' },
  { command: 'auth', words: ['--no-cookie-file', '--shell', 'powershell', '-p', '-'], stdin: PASSWORD, shows: 'token' },
  { command: 'refresh_token', words: [], shows: 'token' },
  { command: 'refresh_token', words: [], withVariable: true, shows: 'token' },
  { command: 'refresh_token', words: ['-q', '--min-valid', '29m', '--reauthenticate'] },
  { command: 'status', words: ['--all'], local: true },
  { command: 'status', words: [], withVariable: true, local: true },
  { command: 'env', words: [], shows: 'token' },
  { command: 'exec', words: ['--min-valid', '29m', '--', 'true'] },
  { command: 'exec', words: ['--', 'true'], withVariable: true },
  { command: 'request', words: ['GET', '/account/Compute-acme/default'] },
  { command: 'request', words: ['GET', '/account/Compute-acme/default'], withVariable: true },
  // In this order, because each needs what the one before has left at the service.
  { command: 'add', words: ['orchestration', '-'], stdin: PLAN },
  { command: 'get', words: ['orchestration', `${USER}/plan`] },
  { command: 'start', words: ['orchestration', `${USER}/plan`] },
  { command: 'discover', words: ['orchestration', USER], withVariable: true },
  { command: 'update', words: ['seclist', `${USER}/made`, '--policy', 'PERMIT'] },
  { command: 'stop', words: ['orchestration', `${USER}/plan`, '--force'] },
  { command: 'list', words: ['orchestration', USER] },
  { command: 'wait', words: ['orchestration', `${USER}/plan`, '--for', 'status=stopped'] },
  { command: 'delete', words: ['orchestration', `${USER}/plan`, '--force'] },
  { command: 'schedule', words: ['cron'], local: true },
  { command: 'schedule', words: ['systemd'], local: true },
  { command: 'password set', words: [], stdin: PASSWORD, local: true },
  { command: 'password status', words: [], local: true },
  { command: 'store key', words: [], local: true },
  // Those that have a store stand in test/fleet/leaks.test.ts.
  { command: 'store status', words: [], local: true },
  { command: 'doctor', words: [] },
  { command: 'doctor', words: [], withVariable: true },
  { command: 'completion', words: ['bash'], local: true },
  { command: 'shell-init', words: ['bash'], local: true },
  { command: 'config set', words: ['user', USER], local: true },
  { command: 'config show', words: [], local: true },
  { command: 'config list', words: [], local: true },
  { command: 'session authenticate', words: ['--callback-port', '0', '--profile-name', 'NEW'], visited: true },
  {
    command: 'session authenticate',
    words: ['--no-browser', '--auth', 'security_token', ...PROFILE, '--profile-name', 'UPST'],
  },
  { command: 'session validate', words: PROFILE },
  { command: 'session validate', words: [...PROFILE, '--local'], local: true },
  { command: 'session refresh', words: PROFILE },
  { command: 'session export', words: [...PROFILE, '--output-file', 'new.zip'], local: true },
  { command: 'session import', words: ['--session-archive', 'old.zip', '--profile-name', 'OLD'], local: true },
  // Those that have a store stand in test/fleet.
  { command: 'session push', words: PROFILE, local: true },
  { command: 'session pull', words: PROFILE, local: true },
  { command: 'session list', words: [], local: true },
  { command: 'session env', words: PROFILE, local: true },
  { command: 'session exec', words: [...PROFILE, '--', 'true'], local: true },
  {
    command: 'ce cluster generate-token',
    words: [...PROFILE, '--auth', 'security_token', '--cluster-id', 'ocid1.cluster.oc1.iad.aaaaaaaaaf6f'],
    shows: 'token',
    local: true,
  },
  { command: 'iam region list', words: [...PROFILE, '--auth', 'security_token'] },
  { command: 'session terminate', words: PROFILE, local: true },
  { command: 'password delete', words: [], local: true },
  { command: 'logout', words: ['--forget-password'], local: true },
];
