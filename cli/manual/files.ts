import type { KnownOption } from '../line/known-options.js';

type FileRows = ReadonlyArray<readonly [path: string, meaning: string]>;

const COMPUTE_FILES: FileRows = [
  ['~/.opc/profiles/default', 'profile: address, user and password file where neither options nor variables give them'],
  ['~/.opc/cookies/', 'cookies files: one for each session, readable by its owner only'],
];

const OCI_FILES: FileRows = [
  ['~/.oci/config', 'config file of Oracle’s clients: one profile for each session'],
  ['~/.oci/oci_cli_rc', 'defaults of Oracle’s CLI: profile, region, endpoint, authorities, output'],
  ['~/.oci/sessions/', 'token and key of each session, readable by its owner only'],
];

export const ALL_FILES: FileRows = [...COMPUTE_FILES, ...OCI_FILES];

/** The files behind the options of a command: who can name another file has one without asking. */
export function filesOf(options: readonly KnownOption[]): FileRows {
  const has = (wanted: string) => options.some(({ name }) => name === wanted);
  return [...(has('cookie-file') ? COMPUTE_FILES : []), ...(has('config-file') ? OCI_FILES : [])];
}
