import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectToStream } from '../support/long-list.js';
import { requirePart } from '../support/real-part.js';
import { writeFileWithMode } from '../support/temporary-home.js';
import { userMachine } from '../support/user-machine.js';

const USER = '/Compute-acme/jack.jones@example.com';

/** The files that a deployment script brings with it. */
function templates(home: string): void {
  const plan = (name: string, type: string, object: object) =>
    writeFileWithMode(
      join(home, `${name}.json`),
      JSON.stringify({
        name: `${USER}/${name}`,
        oplans: [{ label: name, obj_type: type, objects: [object] }],
      }),
    );
  const networking = { eth0: { nat: 'ippool:/oracle/public/ippool' } };
  plan('ips', 'ip/reservation', { name: `${USER}/ip1`, parentpool: '/oracle/public/ippool', ip: '203.0.113.7' });
  plan('instance', 'launchplan', { instances: [{ shape: 'oc3', label: 'db', name: `${USER}/db`, networking }] });
  plan('master', 'orchestration', { name: `${USER}/instance` });
  writeFileWithMode(join(home, 'key.pub'), 'ssh-rsa AAAA me\n');
}

describe('the lines of public scripts, as they were typed for the original', () => {
  it('a cluster: key, orchestrations, addresses without their heading', async () => {
    requirePart('bash');
    const { home, shell, service } = await userMachine();
    templates(home);
    const { status, stdout, stderr } = await shell(
      'bash',
      `cd; set -e
pwdFilePath=~/.opc/password
oracle-compute add sshkey $OPC_USER/key key.pub -p $pwdFilePath
oracle-compute add orchestration ips.json -f json -p $pwdFilePath
oracle-compute start orchestration $OPC_USER//ips -p $pwdFilePath
oracle-compute list ipreservation $OPC_USER -p $pwdFilePath -F name,ip > ipListWithHeader.txt
sed -e '1,1d' < ipListWithHeader.txt > ipListWithoutHeader.txt
echo ---; cat ipListWithoutHeader.txt
oracle-compute discover orchestration $OPC_USER -p $pwdFilePath > orchestrations.txt
sed -e '1,1d' < orchestrations.txt > orchestrationsWithoutHeader.txt
while read line
do
    oracle-compute stop orchestration $line --force
done < orchestrationsWithoutHeader.txt
echo ---
oracle-compute -fcsv -Fname,status list orchestration $OPC_USER | grep -v name | wc -l
while read line
do
    oracle-compute delete orchestration $line --force
done < orchestrationsWithoutHeader.txt
oracle-compute list orchestration $OPC_USER -H
`,
      { OPC_USER: USER },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [, addresses, count] = stdout.split('---\n');
    expect(addresses?.split('\n')[0]).toBe(`${USER}/ip1  203.0.113.7`);
    expect(count?.trim()).toBe('1');
    expect(service.logins).toBe(1);
  });

  it('a bakery: a token in the variable, an instance that is waited for with jq, its address, a snapshot', async () => {
    requirePart('bash');
    requirePart('jq');
    const { home, shell, service } = await userMachine();
    templates(home);
    const { status, stdout, stderr } = await shell(
      'bash',
      `cd; set -e
CONTAINER=/Compute-acme ORACLE_USER=jack.jones@example.com
export OPC_API OPC_USER=$CONTAINER/$ORACLE_USER
cp .opc/password .passwd; chmod 600 .passwd
eval $(oracle-compute auth $CONTAINER/$ORACLE_USER .passwd)
rm -f .passwd .opc/cookies/*
oracle-compute -f json add orchestration instance.json > /dev/null
oracle-compute -f json add orchestration master.json | jq -r .status
oracle-compute -f json start orchestration "$CONTAINER/$ORACLE_USER/master" | jq -r .status
tries=0
while ! INSTANCE_JSON="$(oracle-compute -f json list orchestration $CONTAINER --status ready | jq -e ".list[]|select(.name==\\"$CONTAINER/$ORACLE_USER/instance\\")")"; do
  [ $((tries += 1)) -lt 20 ]
done
INSTANCE_NAME="$(echo "$INSTANCE_JSON" | jq -r '.oplans[]|.objects[]|.instances[]|.name')"
VCABLE_ID="$(oracle-compute get instance $INSTANCE_NAME -F vcable_id -H)"
PUBLIC_IP="$(oracle-compute list ipassociation $CONTAINER --vcable $VCABLE_ID -F ip -H)"
echo $PUBLIC_IP
oracle-compute add snapshot $INSTANCE_NAME --machineimage $CONTAINER/$ORACLE_USER/baked --delay=shutdown -HFdelay
oracle-compute stop orchestration $CONTAINER/$ORACLE_USER/master --force > /dev/null
while [ "$STATUS" != "stopped" ]
do
  [ $((tries += 1)) -lt 40 ]
  STATUS=$(oracle-compute list orchestration $CONTAINER/$ORACLE_USER/instance -f json | jq -r '.list[0]|.status')
done
oracle-compute delete orchestration $CONTAINER/$ORACLE_USER/master --force
oracle-compute delete orchestration $CONTAINER/$ORACLE_USER/instance --force
oracle-compute list orchestration $CONTAINER/$ORACLE_USER/instance || echo $?
`,
    );
    expect(stderr).toMatch(/^(?:oracle-compute: .*No such object.*\n.*\n)?$/);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^stopped\nstarting\n203\.0\.113\.\d+\nshutdown\nNAME\n$/);
    expect(service.logins).toBe(1);
  });

  it('a count of instances, with everything before the action', async () => {
    requirePart('bash');
    const { shell, service } = await userMachine();
    const { stdout, stderr } = await shell(
      'bash',
      `oracle-compute -a ${service.url} -u ${USER} -fcsv -Fname,state list instance ${USER} -p ~/.opc/password | grep -v name | wc -l
oracle-compute -d list instance ${USER} -p ~/.opc/password 2>/dev/null | wc -l
`,
    );
    expect({ stdout: stdout.replaceAll(' ', ''), stderr }).toEqual({ stdout: '2\n3\n', stderr: '' });
  });
});

// A long one, in little memory: test/soak/long-list.test.ts.
it.each(['table', 'csv', 'json'])('a list begins with its first row at once: %s', (format) =>
  expectToStream(format, 3000));
