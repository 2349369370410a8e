import { OracleComputeError } from '../../../lib/errors.js';
import { unsafeValue } from '../../../lib/oci/config/config-edit.js';
import type { Context } from '../../context/context.js';
import { canPrompt } from '../password.js';

/** What encrypts the private key of a session, and whether it is written to the config file. */
export interface ChosenPassphrase {
  readonly passphrase: string | undefined;
  readonly storePassphrase: boolean;
}

/** Oracle's word for "none", at its prompt. */
const NONE = 'N/A';

/**
 * The passphrase for a new key if `--use-passphrase` is given: `OCI_CLI_PASSPHRASE`, else the user types it twice.
 *
 * @throws OracleComputeError NO_TERMINAL, PASSWORDS_DIFFER, PASSWORD_EMPTY, CONFIG_VALUE_UNSAFE
 */
export async function choosePassphrase(
  { usePassphrase }: { readonly usePassphrase?: boolean },
  context: Context,
): Promise<ChosenPassphrase> {
  if (!usePassphrase) return { passphrase: undefined, storePassphrase: false };
  const given = context.env.OCI_CLI_PASSPHRASE;
  if (given) return { passphrase: given, storePassphrase: false };
  if (!canPrompt(context)) {
    const answeredBy = 'OCI_CLI_PASSPHRASE';
    throw new OracleComputeError('NO_TERMINAL', 'the passphrase for the key is not given', { answeredBy });
  }
  const passphrase = await context.promptSecret(`Passphrase for the new key (${NONE} for none): `);
  if (passphrase === NONE) return { passphrase: undefined, storePassphrase: false };
  if (passphrase === '') {
    throw new OracleComputeError('PASSWORD_EMPTY', 'the passphrase is empty', { from: 'the terminal' });
  }
  if ((await context.promptSecret('The same passphrase again: ')) !== passphrase) {
    throw new OracleComputeError('PASSWORDS_DIFFER', 'the two passphrases are not the same', {});
  }
  const answer = (await context.ask('Write the passphrase to the config file? [y/N] ')).trim();
  const storePassphrase = /^y(?:es)?$/i.test(answer);
  const reason = storePassphrase ? unsafeValue(passphrase) : undefined;
  if (reason === undefined) return { passphrase, storePassphrase };
  const message = `the passphrase cannot be written to the config file: ${reason}`;
  throw new OracleComputeError('CONFIG_VALUE_UNSAFE', message, { key: 'pass_phrase', reason });
}
