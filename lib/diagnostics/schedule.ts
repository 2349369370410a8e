import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { OracleComputeError } from '../errors.js';
import { listFolder } from '../files/private-file.js';
import { type Check, fail, note, type Outside, pass } from './check.js';

/** Whether the entries that `schedule` printed still start this program: an update or a move can take it away. */
export function checkSchedule(crontab: string | undefined, { home, uid }: Outside): readonly Check[] {
  if (uid === undefined)
    return [note('schedule', 'tasks are not checked on this system; to list them: schtasks /query')];
  const lines = [
    ...cronLines(crontab),
    ...fileLines(join(home, '.config', 'systemd', 'user'), '.service', systemdWords),
    ...fileLines(join(home, 'Library', 'LaunchAgents'), '.plist', launchdWords),
  ];
  const failures = lines.flatMap(({ place, words }) =>
    programOf(words)
      .filter((path) => !existsSync(path))
      .map((path) => {
        const message = `${place} starts ${path}, which does not exist`;
        return fail('schedule', new OracleComputeError('SCHEDULED_PROGRAM_MISSING', message, { path }));
      }),
  );
  if (failures.length > 0) return failures;
  return [
    pass('schedule', lines.length === 0 ? 'no entry runs this program' : 'each entry starts a program that exists'),
  ];
}

interface ScheduledLine {
  /** Where the line is, for people. */
  readonly place: string;
  readonly words: readonly string[];
}

/** The paths before our command: the launcher, or Node and the entry file. Empty for a line that is not ours. */
function programOf(words: readonly string[]): readonly string[] {
  const end = words.findIndex(
    (word, index) =>
      (word === 'refresh_token' || (word === 'session' && words[index + 1] === 'refresh')) &&
      words.includes('-q', index),
  );
  return words.slice(0, Math.max(end, 0)).filter(isAbsolute);
}

function cronLines(crontab: string | undefined): ScheduledLine[] {
  const lines = (crontab ?? '').split('\n').filter((line) => !/^\s*#/.test(line));
  return lines.map((line) => ({ place: 'the crontab', words: shellWords(line.replaceAll('\\%', '%')) })).filter(isOurs);
}

/** Words as `schedule cron` quotes them: bare, or in single quotes with each single quote as `'\''`. */
function shellWords(line: string): string[] {
  const words = line.match(/(?:'[^']*'|\\.|[^\s'\\])+/g) ?? [];
  return words.map((word) => word.replace(/'([^']*)'|\\(.)/g, '$1$2'));
}

function fileLines(folder: string, ending: string, wordsOf: (text: string) => string[]): ScheduledLine[] {
  const names = listFolder(folder).filter(
    (name) => /^(?:oracle-compute|oci-session)-/.test(name) && name.endsWith(ending),
  );
  const paths = names.map((name) => join(folder, name));
  return paths.map((path) => ({ place: path, words: wordsOf(readFileSync(path, 'utf8')) })).filter(isOurs);
}

function isOurs({ words }: ScheduledLine): boolean {
  return programOf(words).length > 0;
}

function systemdWords(unit: string): string[] {
  const [, line = ''] = /^ExecStart=:(.*)$/m.exec(unit) ?? [];
  const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)];
  return words.map(([, word = '']) => word.replaceAll('%%', '%').replace(/\\(.)/g, '$1'));
}

function launchdWords(list: string): string[] {
  const [, array = ''] = /<key>ProgramArguments<\/key>\s*<array>(.*?)<\/array>/s.exec(list) ?? [];
  const words = [...array.matchAll(/<string>(.*?)<\/string>/gs)];
  return words.map(([, word = '']) => word.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'));
}
