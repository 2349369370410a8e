import type { StoredSession } from './stored-session.js';

export interface ExclusiveOptions<T> {
  /** How long to wait for another process, in milliseconds. */
  readonly wait: number;
  readonly signal?: AbortSignal;
  /** Runs once, when another process has held the session for a second. */
  readonly onWait?: () => void;
  /** Looked at while waiting: a result ends the waiting, because the other process has done the work. */
  readonly settled?: () => Promise<T | undefined>;
}

/** The session while no other process can change it. */
export interface ExclusiveSession {
  /** True where another process held the session first. */
  readonly waited: boolean;
  read(): Promise<StoredSession | undefined>;
  replace(session: StoredSession): Promise<void>;
  remove(): Promise<boolean>;
}

/**
 * Where one session is kept. The cookies file is the first of these; a store that many machines share would be
 * another.
 */
export interface SessionStore {
  /** The store's name for people: a path. */
  readonly location: string;
  read(): Promise<StoredSession | undefined>;
  /** Loads what it takes to change the session. Only saves time; failures come with the change. */
  prepare(): void;
  exclusively<T>(options: ExclusiveOptions<T>, action: (session: ExclusiveSession) => Promise<T>): Promise<T>;
}
