import { describe, expect, it } from 'vitest';
import { EXAMPLE_INSTANCES } from '../../../fixtures/compute-service/resources/examples.js';
import { computeBench } from '../../support/compute.js';

const JACK = '/Compute-acme/jack.jones@example.com';

describe('request', () => {
  it('makes rows of a list or an object where the line asks for rows', async () => {
    const bench = await computeBench();
    const rows = async (...line: string[]) => (await bench.run(['request', 'GET', ...line])).stdout;
    expect(await rows('/instance/Compute-acme/', '-F', 'label,state', '-H')).toBe('web-1  running\nweb-2  running\n');
    expect(await rows('/instance/Compute-acme/', '-fcsv', '-Flabel')).toBe('label\nweb-1\nweb-2\n');
    expect(await rows('/shape/oc3', '-ftabbed', '-Fname,ram')).toBe('name\tram\noc3\t7680\n');
    expect(await rows('/shape/oc3', '-H')).toMatch(/^oc3 {2}/);
    const asItCame = await rows('/shape/oc3');
    expect(asItCame).toMatch(/^\{"cpus": 2, /);
    expect(await rows('/shape/oc3', '-fjson', '-Fname')).toBe(asItCame);
    expect(await bench.run(['request', 'GET', '/shape/oc3', '-F', 'nmae'])).toMatchObject({ status: 2, stdout: '' });
  });

  it('7: rows of what is no JSON', async () => {
    const bench = await computeBench();
    await bench.run(['auth']);
    for (const [type, body, message] of [
      ['text/html', '<html>', 'is text/html, not JSON'],
      ['application/json', '{"result": [', 'ends in the middle of its JSON'],
      ['application/json', '{"name"', 'ends in the middle of its JSON'],
    ] as const) {
      bench.service.faults.once('/shape/', { instead: { status: 200, headers: { 'Content-Type': type }, body } });
      const result = await bench.run(['request', 'GET', '/shape/', '-fcsv']);
      expect(result).toMatchObject({ status: 7, stdout: '' });
      expect(result.stderr).toContain(message);
    }
    bench.service.faults.once('/shape/', { instead: { status: 200, body: '' } });
    expect(await bench.run(['request', 'GET', '/shape/', '-HFname'])).toMatchObject({ status: 0, stdout: '' });
  });

  it('takes the uri of an answer, of this service only', async () => {
    const bench = await computeBench();
    const { stdout } = await bench.run(['-fjson', 'list', 'instance']);
    const [{ uri }] = JSON.parse(stdout).list;
    expect(uri).toContain('%40');
    expect((await bench.run(['request', 'GET', uri, '-HFlabel'])).stdout).toBe('web-1\n');
    const before = bench.service.requests.length;
    for (const foreign of [
      'https://api.example.com/instance/Compute-acme/',
      `http://127.0.0.1:${bench.service.port + 1}/shape/`,
      `https://127.0.0.1:${bench.service.port}/shape/`,
      `http://jack@127.0.0.1:${bench.service.port}/shape/`,
      `${bench.service.url}shape/../authenticate/`,
      `${bench.service.url}authenticate/`,
      `${bench.service.origin}//authenticate/`,
      `${bench.service.origin}\\@example.com/`,
      'file:///etc/passwd',
    ]) {
      const result = await bench.run(['request', 'GET', foreign]);
      expect([foreign, result.stdout, [1, 4].includes(result.status)]).toEqual([foreign, '', true]);
    }
    expect(bench.service.requests).toHaveLength(before);
    expect((await bench.run(['request', 'GET', bench.service.origin])).status).toBe(12);
    expect(EXAMPLE_INSTANCES['web-1']).toBe(uri.split('/').at(-1));
    expect(JACK).toBe(bench.service.user);
  });
});
