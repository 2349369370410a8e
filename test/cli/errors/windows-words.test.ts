import { describe, expect, it } from 'vitest';
import { ERROR_TABLE, type ErrorRow } from '../../../cli/errors/catalog.js';
import { forPlatform } from '../../../cli/errors/windows-words.js';
import type { ErrorCode } from '../../../lib/errors.js';

describe('what a Unix shell is told to do', () => {
  it.each([
    ['log in: eval "$(oracle-compute auth …)"', 'log in: oracle-compute auth … | Invoke-Expression'],
    ['unset OPC_COOKIE', 'Remove-Item Env:OPC_COOKIE (cmd: set OPC_COOKIE=)'],
    ["check it: ls -ld 'C:\\a b'", "check it: Get-Item 'C:\\a b' | Format-List"],
    ["check its owner: ls -ld 'C:\\x'; if it", "check its owner: Get-Acl 'C:\\x' | Format-List; if it"],
    ["restrict it: chmod 600 'C:\\x'", `restrict it: icacls 'C:\\x' /inheritance:r /grant:r "\${env:USERNAME}:F"`],
    ["create it: (umask 077; cat > 'C:\\p')", "create it: Read-Host | Set-Content -Encoding utf8 'C:\\p'"],
    [
      '(umask 077; oracle-compute store key > store.key)',
      'oracle-compute store key | Set-Content -Encoding utf8 store.key',
    ],
    ['is installed: command -v tool', 'is installed: Get-Command tool'],
    ["check it: cat 'C:\\it'\\''s'", "check it: Get-Content 'C:\\it''s'"],
    ["look: sed -n 3p 'C:\\x'", "look: Get-Content -TotalCount 3 'C:\\x'"],
    ['export OPC_API="$OPC_ENDPOINT"', '$env:OPC_API = $env:OPC_ENDPOINT'],
    ["go without it: export NO_PROXY='*'", "go without it: $env:NO_PROXY = '*'"],
    ['set HOME: export HOME=/home/NAME', "set USERPROFILE: $env:USERPROFILE = 'C:\\Users\\NAME'"],
    ['oracle-compute password set < ~/.opc/password', 'Get-Content ~\\.opc\\password | oracle-compute password set'],
  ])('%s', (unix, windows) => {
    expect(forPlatform(unix, 'win32')).toBe(windows);
    expect(forPlatform(unix, 'linux')).toBe(unix);
  });

  it('is in no hint of an error on Windows', () => {
    // Any field of an error, with a path of Windows.
    const account = { endpoint: 'https://x', user: '/a/b' };
    const fields = new Proxy(
      {},
      { get: (_, name) => ({ name: 'endpoint', left: account, line: 7 })[String(name)] ?? 'C:\\a folder\\x' },
    );
    const onlyUnix =
      /\b(?:chmod|chown|sudo (?!apt)|unset|export \w+=|eval|ls -|umask|command -v|cat |rm |mv |df|sed|wc|ulimit)\b/;
    const hints = (Object.keys(ERROR_TABLE) as ErrorCode[]).map((code) => {
      const { hint } = ERROR_TABLE[code] as ErrorRow<ErrorCode>;
      const said = typeof hint === 'string' ? hint : hint(fields as never, 'oci', {});
      // A kind of failure that no field of these names has none.
      return forPlatform(said ?? '', 'win32');
    });
    expect(hints.length).toBeGreaterThan(100);
    expect(hints.filter((hint) => onlyUnix.test(hint))).toEqual([]);
  });
});
