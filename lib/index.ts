export { type ErrorCode, type ErrorFields, isOracleComputeError, OracleComputeError } from './errors.js';
