import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOracleComputeError } from '../../lib/errors.js';
import { renderAssignments } from '../../lib/shell/assignments.js';
import type { ShellSyntax } from '../../lib/shell/syntax.js';
import { HOSTILE_VALUES, hostileValue, MACHINE_COOKIE } from '../support/hostile-values.js';
import { requirePart } from '../support/real-part.js';
import { evaluateAll } from './evaluate.js';
import {
  readBatchLine,
  readDelayedExpansion,
  readDockerEnvFile,
  readForCommand,
  readNushell,
  readPowerShell,
  readPythonDotenv,
} from './readers.js';
import { QUOTED } from './ways.js';

const VARIABLE = 'OPC_COOKIE';

/** The statement without its line end, or undefined where the value is refused. */
function statementOf(syntax: ShellSyntax, value: string): string | undefined {
  try {
    return renderAssignments(syntax, [{ name: VARIABLE, value }]).slice(0, -1);
  } catch (error) {
    if (isOracleComputeError(error, 'VALUE_NOT_QUOTABLE')) return undefined;
    throw error;
  }
}

function forEveryValue(check: (value: string) => void): void {
  for (const value of HOSTILE_VALUES) check(value);
  fc.assert(fc.property(hostileValue, check), { numRuns: 2000 });
}

describe('powershell', () => {
  it('gives every value back; only an empty one is refused, which would remove the variable', () => {
    forEveryValue((value) => {
      const statement = statementOf('powershell', value);
      expect(statement === undefined).toBe(value === '');
      if (statement !== undefined) expect(readPowerShell(statement, VARIABLE)).toBe(value);
    });
  });

  it.each(['windows-1252', 'ibm866', 'shift_jis', 'gbk'])('is read the same in the code page %s', (codePage) => {
    forEveryValue((value) => {
      const statement = statementOf('powershell', value) ?? `$env:${VARIABLE} = ''`;
      expect(readPowerShell(new TextDecoder(codePage).decode(Buffer.from(statement)), VARIABLE)).toBe(value);
    });
  });
});

describe('cmd', () => {
  it('gives back what it does not refuse, in a batch file, in a for loop, and with delayed expansion', () => {
    forEveryValue((value) => {
      const statement = statementOf('cmd', value);
      expect(statement === undefined).toBe(value === '' || !/^[ #-$&-~]*$/.test(value));
      if (statement === undefined) return;
      expect(readBatchLine(statement, VARIABLE)).toBe(value);
      expect(readForCommand(statement, VARIABLE)).toBe(value);
      expect(readDelayedExpansion(statement, VARIABLE)).toBe(value);
    });
  });

  it.each([
    ['a command outside of quotes', 'a&calc', true],
    ['a line of 8191 characters', 'x'.repeat(8191 - 'set "OPC_COOKIE="'.length), true],
    ['a line of 8192 characters', 'x'.repeat(8192 - 'set "OPC_COOKIE="'.length), false],
    ['the raw JSON cookie', MACHINE_COOKIE, false],
    ['a command between quotes', 'a"&calc&"b', false],
    ['a variable', '%PATH%', false],
    ['a percent sign', '50%', false],
    ['a variable of delayed expansion', 'a!PATH!b', false],
    ['a wide quotation mark', '\uff02&calc', false],
  ])('%s', (_title, value, carried) => {
    expect(statementOf('cmd', value) !== undefined).toBe(carried);
  });
});

describe('nushell', () => {
  it('gives every value back', () => {
    forEveryValue((value) => {
      expect(readNushell(statementOf('nushell', value) ?? 'refused', VARIABLE)).toBe(value);
    });
  });
});

describe('dotenv', () => {
  it('is read alike by Node and by the rules of python-dotenv, or refused', () => {
    forEveryValue((value) => {
      const line = statementOf('dotenv', value);
      if (line === undefined) return;
      expect(parseEnv(line)[VARIABLE]).toBe(value);
      expect(readPythonDotenv(line)).toBe(value);
    });
  });

  it('writes a token so that a reader without quotes reads it too', () => {
    const token = 'eyJpZGVudGl0eSI6ICJ7fSJ9+/==';
    expect(readDockerEnvFile(statementOf('dotenv', token) ?? '')).toBe(token);
  });

  it.each(['both \' and "', 'a\\\\b', 'ends with \\', '$' + '{HOME}', "it's $HOME"])('refuses %j', (value) => {
    expect(statementOf('dotenv', value)).toBeUndefined();
  });

  it("is read by a shell's own dot command", async () => {
    const carried = HOSTILE_VALUES.filter((value) => statementOf('dotenv', value) !== undefined);
    const names = carried.map((_, index) => `OPC_COOKIE_${index}`);
    const lines = carried.map((value, index) => renderAssignments('dotenv', [{ name: names[index] ?? '', value }]));
    const how = { ...QUOTED, shell: requirePart('dash'), evaluate: (file: string) => `set -a; . ./${file}` };
    expect(await evaluateAll(how, names, lines)).toEqual(carried);
  });
});
