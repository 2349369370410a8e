import { createRequire } from 'node:module';
import { isOracleComputeError } from '../lib/errors.js';
import type { KeychainLine, KeychainRequest } from '../lib/secrets/keychain.js';
import { askNativeKeychain } from '../lib/secrets/native-keychain.js';

/** Longer than whoever asked waits, in milliseconds: before and after the keychain is asked. */
const LONGEST_START = 30_000;
const LONGEST_ANSWER = 5000;

/** The keychain's helper: one question on stdin, one answer on stdout, see `lib/secrets/keychain.ts`. */
async function answer(): Promise<void> {
  let end = endIn(LONGEST_START);
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
      end = endIn(LONGEST_ANSWER);
      say({ asking: true });
    };
    say({ answer: await askNativeKeychain(request, host, asking) });
  } catch (error) {
    if (!isOracleComputeError(error, 'KEYCHAIN_UNAVAILABLE')) throw error;
    say({ failure: error.fields });
  }
}

/** Whoever asked ends this process when it takes too long. If that one is dead, it would wait for a dialog for ever. */
function endIn(milliseconds: number): NodeJS.Timeout {
  return setTimeout(() => process.kill(process.pid, 'SIGKILL'), milliseconds).unref();
}

function say(line: KeychainLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function hasGlibc(): boolean {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime !== undefined;
}

// Node would open its debugger, in a process that holds a password.
if (process.platform !== 'win32') process.on('SIGUSR1', () => undefined);
answer();
