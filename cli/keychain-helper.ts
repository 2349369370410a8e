import { createRequire } from 'node:module';
import { isOracleComputeError } from '../lib/errors.js';
import { askNativeKeychain, type KeychainLine, type KeychainRequest } from '../lib/secrets/native-keychain.js';

/** Time limits before and after the keychain is called, longer than those of the caller. Milliseconds. */
const START_LIMIT = 30_000;
const ANSWER_LIMIT = 5000;

/** The keychain's helper: one request on stdin, one answer on stdout, see `lib/secrets/keychain.ts`. */
async function answer(): Promise<void> {
  let end = endIn(START_LIMIT);
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const request = JSON.parse(Buffer.concat(chunks).toString('utf8')) as KeychainRequest;
  try {
    const host = {
      require: createRequire(process.argv[1] ?? ''),
      platform: process.platform,
      architecture: process.arch,
      hasGlibc,
    };
    const asking = () => {
      clearTimeout(end);
      end = endIn(ANSWER_LIMIT);
      send({ asking: true });
    };
    send({ answer: await askNativeKeychain(request, host, asking) });
  } catch (error) {
    if (!isOracleComputeError(error, 'KEYCHAIN_UNAVAILABLE')) throw error;
    send({ failure: error.fields });
  }
}

/** The caller ends this process at its own time limit. If the caller is dead, a dialog could keep this process for ever. */
function endIn(milliseconds: number): NodeJS.Timeout {
  return setTimeout(() => process.kill(process.pid, 'SIGKILL'), milliseconds).unref();
}

function send(line: KeychainLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function hasGlibc(): boolean {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime !== undefined;
}

// Without a listener, Node would open its debugger, in a process that holds a password.
if (process.platform !== 'win32') process.on('SIGUSR1', () => undefined);
answer();
