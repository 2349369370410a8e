import type { Argv } from 'yargs';
import type { Parameters } from '../line/parameters.js';
import { type ComputeOptions, withComputeOptions } from '../options/compute.js';
import { withStoreOptions } from '../options/store/settings.js';

/** The options of the commands on objects. */
export interface ObjectOptions extends ComputeOptions {
  readonly object: string;
  /** Those of the object. */
  readonly parameters?: Parameters;
}

/** What every command on objects takes. Which parameters an object has is known to the service only. */
export function withObject<T>(parser: Argv<T>): Argv<T & ObjectOptions> {
  return withStoreOptions(withComputeOptions(parser)).positional('object', {
    type: 'string',
    demandOption: true,
    describe: 'Kind of object: instance, ip-reservation, storage/volume, …',
  }) as unknown as Argv<T & ObjectOptions>;
}

/** Parameters of objects that take no value, so that the word behind them is an argument. */
export const SWITCHES: readonly string[] = ['force', 'confirm', 'permanent', 'no_upload'];

/** The parameters of a call that changes something. Nothing is asked here, so there is nothing to confirm. */
export function sentParameters({ parameters = {} }: ObjectOptions): Parameters {
  const { confirm: _, ...sent } = parameters;
  return sent;
}
