import type { ErrorCode } from '../../lib/errors.js';
import { SURROUNDINGS_ERRORS } from './environment.js';
import { MACHINE_ERRORS } from './machine.js';
import { OCI_ERRORS } from './oci.js';
import type { ErrorRows } from './row.js';
import { SECRET_ERRORS } from './secrets.js';
import { SERVICE_ERRORS } from './service.js';
import { STORE_ERRORS } from './store.js';
import { VALUE_ERRORS } from './values.js';

/** Every error code with its exit status and its next step: the one place where they are decided. */
export const ERROR_TABLE: ErrorRows<ErrorCode> = {
  ...MACHINE_ERRORS,
  ...SECRET_ERRORS,
  ...SURROUNDINGS_ERRORS,
  ...VALUE_ERRORS,
  ...SERVICE_ERRORS,
  ...OCI_ERRORS,
  ...STORE_ERRORS,
};
