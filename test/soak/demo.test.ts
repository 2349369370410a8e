import { expect, test } from 'vitest';
import { runProgram } from '../support/program.js';
import { requirePart } from '../support/real-part.js';

test('npm run demo:oci shows it in one run, and without colours where nobody looks', async () => {
  requirePart('chromium');
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined };
  const demo = await runProgram([], { env }, [process.execPath, 'build/fixtures/demo/oci.js']);
  expect([demo.status, demo.stderr]).toEqual([0, '']);
  expect(demo.stdout).toContain('The page says: You are logged in.');
  expect(demo.stdout).toContain('EM1  emu-local-1  READY  home region');
  expect(demo.stdout).toMatch(/Done: the whole page worked\.\n$/);
  expect(demo.stdout).not.toContain('\u001b');
});
