import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CookieJar } from 'tough-cookie';
import { onTestFinished } from 'vitest';
import {
  type ComputeService,
  type ComputeServiceOptions,
  startComputeService,
} from '../../fixtures/compute-service/server.js';
import { decodeCookiesFile } from '../../lib/compute/cookies/cookies-file.js';
import { defaultCookiesFile } from '../../lib/compute/cookies/cookies-file-store.js';
import { cleanEnvironment, type ProgramOptions, type ProgramResult, runProgram } from './program.js';
import { storeOldComputeSession } from './stored-sessions.js';
import { temporaryHome, writeFileWithMode } from './temporary-home.js';
import { type RunResult, runLine } from './test-context.js';

/** A home folder that knows a user of a local service, for the real program by the real clock. */
export interface ProgramHome {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The default cookies file. */
  readonly cookiesFile: string;
  run(args: readonly string[], options?: Partial<ProgramOptions>): Promise<ProgramResult>;
  /** The same line in the process of the test, for what is no matter of processes. */
  runHere(args: readonly string[], env?: ProgramHome['env']): Promise<RunResult>;
  /** Stores a session that began 26 minutes ago and whose token has 5 minutes left; gives the token. */
  storeOldSession(path?: string): Promise<string>;
  /** The token in the cookies file, as the program and as tough-cookie read it; undefined where there is no file. */
  storedToken(): Promise<string | undefined>;
}

export interface ProgramBench extends ProgramHome {
  readonly service: ComputeService;
}

/** A local service by the real clock, and a home folder for one of its users. */
export async function programBench(options: ComputeServiceOptions = {}): Promise<ProgramBench> {
  const service = await startComputeService(options);
  onTestFinished(() => service.close());
  return { service, ...programHome(service) };
}

export function programHome(service: ComputeService, home: string = temporaryHome()): ProgramHome {
  const passwordFile = writeFileWithMode(join(home, 'password'), `${service.password}\n`);
  const env = cleanEnvironment(home, {
    OPC_API: service.url,
    OPC_USER: service.user,
    OPC_PASSWORD_FILE: passwordFile,
  });
  const cookiesFile = defaultCookiesFile(home, service.origin, service.user);
  return {
    home,
    env,
    cookiesFile,
    run: (args, other = {}) => runProgram(args, { env, ...other }),
    runHere: (args, own = env) => runLine(args, { home: own.HOME ?? home, env: own }),
    storeOldSession: (path = cookiesFile) => storeOldComputeSession(service, path),
    storedToken: () => storedToken(cookiesFile, service.url),
  };
}

async function storedToken(path: string, url: string): Promise<string | undefined> {
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  const { token } = decodeCookiesFile(bytes, path);
  const cookies = await CookieJar.deserializeSync(bytes.toString('utf8')).getCookies(url);
  if (cookies.length !== 1 || cookies[0]?.value !== token) throw new Error(`${path} says two things`);
  return token;
}
