import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { requirePart } from '../support/real-part.js';
import { writeFileWithMode } from '../support/temporary-home.js';

export interface PrivateCron {
  /** Everything that cron has mailed so far. */
  mail(): string;
}

/**
 * The system's cron daemon with a crontab of the test's own, in a mount namespace where its spool is empty and where
 * mail goes to a file. It ends with the test, and with it all that it has started; nothing of the machine is changed.
 */
export async function privateCron(home: string, crontab: string): Promise<PrivateCron> {
  const program = requirePart('cron');
  const folder = join(home, 'cron');
  const mailbox = join(folder, 'mail');
  mkdirSync(join(folder, 'sbin'), { recursive: true });
  writeFileWithMode(mailbox, '');
  writeFileWithMode(join(folder, 'sbin', 'sendmail'), `#!/bin/sh\nexec cat >> '${mailbox}'\n`, 0o755);
  writeFileSync(join(folder, 'crontab'), crontab);
  writeFileSync(join(folder, 'start.sh'), script(folder, program));
  const namespace = ['--mount', '--pid', '--fork', '--kill-child=SIGKILL', '--propagation', 'private'];
  const cron = spawn('unshare', [...namespace, 'sh', '-e', join(folder, 'start.sh')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH },
  });
  const ended = once(cron, 'exit');
  onTestFinished(async () => {
    cron.kill('SIGKILL');
    await ended;
  });
  let complaint = '';
  cron.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const isReady = once(cron.stdout, 'data').then(() => true);
  if (!(await Promise.race([isReady, ended.then(() => false)]))) throw new Error(`cron does not start: ${complaint}`);
  return { mail: () => readFileSync(mailbox, 'utf8') };
}

function script(folder: string, program: string): string {
  return `
mount -t tmpfs none /var/spool/cron
mkdir -m 1730 /var/spool/cron/crontabs
mount -t tmpfs none /etc/cron.d
mount -t tmpfs none /run
[ ! -e /etc/crontab ] || mount --bind /dev/null /etc/crontab
mount -t overlay overlay -o lowerdir='${folder}/sbin':/usr/sbin /usr/sbin
crontab '${folder}/crontab'
echo ready
exec '${program}' -f
`;
}
