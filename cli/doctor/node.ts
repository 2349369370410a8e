import { OracleComputeError } from '../../lib/errors.js';
import type { Context } from '../context/context.js';
import { type Check, fail, pass } from './check.js';

/** The versions that package.json asks for: ^20.19.0 || ^22.12.0 || >=23. */
export function checkNode({ nodeVersion }: Context): Check {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const isSupported = major >= 23 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);
  if (isSupported) return pass('node', `Node ${nodeVersion}`);
  return fail(
    'node',
    new OracleComputeError('NODE_UNSUPPORTED', `Node ${nodeVersion} is older than this program is made for`, {
      version: nodeVersion,
    }),
  );
}
