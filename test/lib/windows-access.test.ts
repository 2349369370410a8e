import { describe, expect, it } from 'vitest';
import { checkAccess, othersWithAccess } from '../../lib/diagnostics/windows-access.js';
import { environmentFrom } from '../../lib/environment.js';
import { temporaryHome } from '../support/temporary-home.js';

const USER = 'S-1-5-21-1-2-3-1001';
/** What Windows gives to a profile folder. */
const USUAL = `O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;${USER})`;

describe('the access control list of a folder', () => {
  it.each([
    ['the usual one', USUAL, []],
    ['inherited', USUAL.replaceAll('OICI', 'OICIID').replace('PAI', 'AI'), []],
    ['with rights for the owner', `${USUAL}(A;OICIIO;GA;;;CO)(A;;RC;;;OW)S:(AU;SAFA;FA;;;WD)`, []],
    ['open to all', `${USUAL}(A;OICI;0x1200a9;;;WD)(A;;FR;;;BU)`, ['Everyone', 'Users']],
    ['open to another user', `${USUAL}(A;;FR;;;S-1-5-21-1-2-3-1002)`, ['S-1-5-21-1-2-3-1002']],
    ['that denies all', `${USUAL}(D;;FA;;;WD)`, []],
    ['with a condition', `${USUAL}(XA;;FX;;;AU;(@User.x=="y"))`, ['Authenticated Users']],
    ['of everyone', 'O:SYD:NO_ACCESS_CONTROL', ['Everyone']],
    ['that does not exist', 'O:SYG:SY', ['Everyone']],
    ['that is empty', 'O:SYG:SYD:P', []],
  ])('%s', (_, descriptor, others) => {
    expect(othersWithAccess(descriptor, USER)).toEqual(others);
  });

  it('is a note if it cannot be read, a failure if others are in it, and else good', async () => {
    const outside = { ...environmentFrom({ home: temporaryHome() }), home: temporaryHome(), uid: undefined };
    const states = async (output: string | undefined) =>
      (await checkAccess(async () => output, outside)).map(({ state, failure }) => [state, failure?.code]);
    expect(await states(undefined)).toEqual([['note', undefined]]);
    expect(await states('')).toEqual([['note', undefined]]);
    expect(await states(`${USER}\r\n${USUAL}\r\n`)).toEqual([['pass', undefined]]);
    expect(await states(`${USER}\r\n${USUAL}(A;;FR;;;BU)\r\n`)).toEqual([['fail', 'FOLDER_UNSAFE']]);
  });
});
