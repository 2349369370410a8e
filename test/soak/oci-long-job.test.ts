import { expect, it } from 'vitest';
import { ociBench } from '../support/oci.js';
import { cleanEnvironment, OCI_PROGRAM, runProgram } from '../support/program.js';

const LONG_JOB = 'build/test/fixtures/programs/oci-common-long-job.js';

it('session exec carries a job with Oracle’s SDK through more than three tokens', async () => {
  // Long enough for a busy machine to come to each half of a life.
  const bench = await ociBench({ clock: Date.now, tokenLifetime: 40 }, Date.now());
  await bench.addSession('T');
  const env = cleanEnvironment(bench.home, { ...bench.env, NODE_EXTRA_CA_CERTS: bench.env.OCI_CLI_CERT_BUNDLE });
  const line = ['session', 'exec', '--profile', 'T', '--', process.execPath, LONG_JOB, '4'];
  const { status, stdout, stderr } = await runProgram(line, { env }, [process.execPath, OCI_PROGRAM]);
  expect(status, stderr).toBe(0);
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ statuses: [200] });
  expect(bench.service.counters).toMatchObject({ logins: 0, refused: 0 });
});
