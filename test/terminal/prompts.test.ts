import { describe, expect, it } from 'vitest';
import { programBench } from '../support/program-bench.js';
import { atTerminal, LOGIN, line, modesAround, passwordsSent, QUESTION, type, watched } from './at-terminal.js';

describe('a question', () => {
  it.each([
    ['TERM', 143],
    ['HUP', 129],
    ['INT', 130],
  ])('ends at SIG%s, with the terminal as it was', async (signal, status) => {
    const bench = await programBench();
    const result = await atTerminal(
      bench,
      watched(bench.home, line(LOGIN)),
      `need {${QUESTION}}
      send_unfinished [pid_below] "half of it"
      signal ${signal}
      need {interrupted by SIG${signal}}
      expect eof {} timeout { exit 97 }
      exit [lindex [wait] 3]`,
    );
    expect(result, result.stdout).toMatchObject({ status });
    expect(result.stdout).not.toContain('half of it');
    const [before, after] = modesAround(bench.home);
    expect(after).toBe(before);
    expect(bench.service.requests).toEqual([]);
  });

  it.each([
    ['Ctrl-C', '\\003'],
    ['Ctrl-D', '\\004'],
  ])('ends at %s, with the terminal as it was', async (_, key) => {
    const bench = await programBench();
    const result = await atTerminal(
      bench,
      watched(bench.home, line(LOGIN)),
      `need {${QUESTION}}
      send "${key}"
      need {Cancelled}
      expect eof {} timeout { exit 97 }
      exit [lindex [wait] 3]`,
    );
    expect(result, result.stdout).toMatchObject({ status: 130 });
    const [before, after] = modesAround(bench.home);
    expect(after).toBe(before);
  });

  it('is asked again after a stop from outside, which the shell could not mend', async () => {
    const bench = await programBench();
    const result = await atTerminal(
      bench,
      line(LOGIN),
      `need {${QUESTION}}
      send_unfinished [exp_pid] "half of it"
      exec kill -STOP [exp_pid]
      exec stty sane < $spawn_out(slave,name)
      exec kill -CONT [exp_pid]
      need {${QUESTION}}
      ${type(bench.service.password)}
      need {logged in as}
      expect eof {} timeout { exit 97 }
      exit [lindex [wait] 3]`,
    );
    expect(result, result.stdout).toMatchObject({ status: 0 });
    expect(result.stdout).not.toContain('half of it');
    expect(result.stdout).not.toContain(bench.service.password);
    expect(passwordsSent(bench)).toEqual(['204']);
  });

  it('is the first of two whose answers are pasted at once: none is shown, and none is lost', async () => {
    const bench = await programBench();
    const result = await atTerminal(
      bench,
      line(['password', 'set']),
      `need {${QUESTION}}
      send "pasted secret\\rpasted secret\\ranother line\\r"
      need {Password again: }
      need {no keychain is available}
      expect eof {} timeout { exit 97 }
      exit [lindex [wait] 3]`,
    );
    expect(result, result.stdout).toMatchObject({ status: 2 });
    expect(result.stdout).not.toMatch(/pasted|another line/);
  });

  it('ends when its terminal goes away', async () => {
    const bench = await programBench();
    const result = await atTerminal(
      bench,
      line(LOGIN),
      `need {${QUESTION}}
      close
      puts [lindex [wait] 5]`,
    );
    expect(result.stdout).toMatch(/SIGHUP\n$/);
  });
});
