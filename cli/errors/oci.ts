import { type ErrorRows, type LineOptions, logInToOci, ociLogin, reported, shellQuote } from './row.js';

const LOG_IN = (_fields: unknown, program: string, line: LineOptions) => logInToOci(program, line);

/** Errors of OCI sessions: regions, config file, keys and tokens, archives, and the login in the browser. */
export const OCI_ERRORS: ErrorRows<
  | 'REGION_MALFORMED'
  | 'REGION_UNKNOWN'
  | 'REGION_METADATA_MALFORMED'
  | 'PROFILE_NAME_MALFORMED'
  | 'PROFILE_NOT_FOUND'
  | 'PROFILE_NOT_A_SESSION'
  | 'PROFILE_INCOMPLETE'
  | 'PROFILE_EXISTS'
  | 'CONFIG_FILE_CORRUPT'
  | 'CONFIG_VALUE_UNSAFE'
  | 'TOKEN_MALFORMED'
  | 'TOKEN_FILE_MISSING'
  | 'TOKEN_FILE_CORRUPT'
  | 'KEY_FILE_MISSING'
  | 'KEY_FILE_MALFORMED'
  | 'KEY_PASSPHRASE_MISSING'
  | 'KEY_PASSPHRASE_WRONG'
  | 'KEY_MISMATCH'
  | 'ARCHIVE_REFUSED'
  | 'PORT_IN_USE'
  | 'LOGIN_REFUSED'
  | 'LOGIN_TIMED_OUT'
  | 'LOGIN_TOKEN_UNUSABLE'
  | 'NO_TOKEN'
  | 'TOKEN_FOREIGN'
  | 'ARCHIVE_OVERREACHES'
  | 'CLUSTER_ID_MALFORMED'
  | 'SUBJECT_TOKEN_MISSING'
  | 'SUBJECT_TOKEN_MALFORMED'
  | 'SUBJECT_TOKEN_REFUSED'
  | 'CLIENT_REFUSED'
> = {
  REGION_MALFORMED: {
    status: 4,
    meaning: 'The name of the region is not one.',
    hint: 'write it like this: --region us-ashburn-1',
  },
  REGION_UNKNOWN: {
    status: 4,
    meaning: 'The region is not known.',
    hint: 'describe it in ~/.oci/regions-config.json or OCI_REGION_METADATA, or write it like this: --region us-ashburn-1',
  },
  REGION_METADATA_MALFORMED: {
    status: 4,
    meaning: 'The description of additional regions cannot be read.',
    hint: ({ from }) => `mend ${from}: it needs realmKey, realmDomainComponent, regionKey and regionIdentifier`,
  },
  PROFILE_NAME_MALFORMED: {
    status: 4,
    meaning: 'The name of the profile has characters that it must not have.',
    hint: 'use letters, digits, and . _ - @',
  },
  PROFILE_NOT_FOUND: {
    status: 4,
    meaning: 'The config file has no such profile, or there is no config file.',
    hint: ({ path }, program) => `see what there is: ${program} session list --config-file ${shellQuote(path)}`,
  },
  PROFILE_NOT_A_SESSION: {
    status: 4,
    meaning: 'The profile has no security_token_file of its own, so it is no session.',
    hint: ({ profile }, program, line) =>
      `choose another with --profile, or ${logInToOci(program, { ...line, profile })}`,
  },
  PROFILE_INCOMPLETE: {
    status: 4,
    meaning: 'The profile lacks a key that a session needs.',
    hint: ({ key, path }, program, line) =>
      `add "${key}=…" to the profile in ${shellQuote(path)}, or ${logInToOci(program, line)}`,
  },
  PROFILE_EXISTS: {
    status: 2,
    meaning: 'A profile of that name exists and is not replaced.',
    hint: ({ profile, sharedAs }) =>
      sharedAs === undefined
        ? `choose another name, or replace it: --profile-name ${shellQuote(profile)} --force`
        : 'choose another name: --profile-name NAME',
  },
  CONFIG_FILE_CORRUPT: {
    status: 4,
    meaning: 'The config file cannot be read as Oracle’s clients read it. It is kept as it is.',
    hint: ({ path, line }) => `look at it: ${line === undefined ? 'cat' : `sed -n ${line}p`} ${shellQuote(path)}`,
  },
  CONFIG_VALUE_UNSAFE: {
    status: 4,
    meaning: 'A value cannot be written to the config file so that every client reads the same.',
    hint: ({ key }) => `choose a value without line breaks, = and % for ${key}`,
  },
  TOKEN_MALFORMED: { status: 4, meaning: 'The session token cannot be read.', hint: LOG_IN },
  TOKEN_FILE_MISSING: { status: 10, meaning: 'The token file of the session does not exist.', hint: LOG_IN },
  TOKEN_FILE_CORRUPT: { status: 4, meaning: 'The token file is damaged. It is kept as it is.', hint: LOG_IN },
  KEY_FILE_MISSING: { status: 4, meaning: 'The private key of the profile does not exist.', hint: LOG_IN },
  KEY_FILE_MALFORMED: { status: 4, meaning: 'The private key of the profile cannot be read.', hint: LOG_IN },
  KEY_PASSPHRASE_MISSING: {
    status: 4,
    meaning: 'The private key is encrypted, and no passphrase is given.',
    hint: 'add pass_phrase to the profile, or set OCI_CLI_PASSPHRASE',
  },
  KEY_PASSPHRASE_WRONG: {
    status: 4,
    meaning: 'The passphrase does not open the private key.',
    hint: 'correct pass_phrase in the profile, or OCI_CLI_PASSPHRASE',
  },
  KEY_MISMATCH: { status: 4, meaning: 'The private key and the session token do not belong together.', hint: LOG_IN },
  ARCHIVE_REFUSED: {
    status: 4,
    meaning: 'The session archive is not one, or has something in it that it must not have. Nothing was written.',
    hint: (_fields, program) => `make it again where the session is: ${program} session export --output-file FILE`,
  },
  SUBJECT_TOKEN_MISSING: {
    status: 2,
    meaning: 'The token of the pipeline, which is to be exchanged for a session, is not there.',
    hint: 'give it: --subject-token-file FILE, or - for standard input; in GitHub Actions: permissions: id-token: write',
  },
  SUBJECT_TOKEN_MALFORMED: {
    status: 4,
    meaning: 'What was given as the token of the pipeline is no JWT.',
    hint: 'give the token itself: three parts with dots between them, on one line',
  },
  SUBJECT_TOKEN_REFUSED: {
    status: 10,
    meaning: 'The identity domain does not accept the token of the pipeline: expired, another audience, no trust.',
    hint: 'give a new token, and compare its issuer and audience with the identity propagation trust of the domain',
  },
  CLIENT_REFUSED: {
    status: 10,
    meaning: 'The identity domain does not accept the client id and secret.',
    hint: 'compare both with the confidential application in the domain: --client-id ID --client-secret-file FILE',
  },
  CLUSTER_ID_MALFORMED: {
    status: 4,
    meaning: 'The OCID of the cluster is none.',
    hint: 'give it as the console shows it: --cluster-id ocid1.cluster.oc1.iad.…',
  },
  ARCHIVE_OVERREACHES: {
    status: 4,
    meaning: 'The session archive would decide more than its own session. Nothing was written.',
    hint: ({ flag }) => `say yourself what is meant: ${flag}`,
  },
  PORT_IN_USE: {
    status: 2,
    meaning: 'The port that the login page answers to is taken by another program.',
    hint: ({ port }) =>
      `see which: lsof -i :${port}; for a login on another machine: ssh -L ${port}:localhost:${port} HOST`,
  },
  LOGIN_REFUSED: {
    status: 10,
    meaning: 'The login in the browser was refused. Nothing was changed.',
    hint: (_fields, program, line) => `try again: ${ociLogin(program, line)}`,
  },
  LOGIN_TIMED_OUT: {
    status: 10,
    meaning: 'Nobody logged in in time. Nothing was changed.',
    hint: (_fields, program, line) => `try again, or allow more time: ${ociLogin(program, line)} --timeout 10m`,
  },
  LOGIN_TOKEN_UNUSABLE: {
    status: 5,
    meaning: 'The login worked and its token cannot be used. Nothing was changed.',
    hint: (_fields, program, line) => `try again: ${ociLogin(program, line)}`,
  },
  NO_TOKEN: {
    status: 5,
    meaning: 'The service agreed and sent no token. Nothing was changed.',
    hint: ({ callId }) => `try again${reported(callId)}`,
  },
  TOKEN_FOREIGN: {
    status: 5,
    meaning: 'The service sent a token of another user, tenancy or key. It was not kept.',
    hint: ({ callId, profile }, program, line) =>
      profile === undefined
        ? `${logInToOci(program, line)}${reported(callId)}`
        : 'keep both: choose another name with --profile-name',
  },
};
