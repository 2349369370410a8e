import type { Clock } from '../../clock.js';
import { isOracleComputeError, OracleComputeError } from '../../errors.js';
import { isObject, writeJson } from '../../text.js';
import type { AuthenticatedAnswer } from '../client/authenticated-request.js';
import { DIRECTORY_TYPE } from '../client/client.js';
import type { ObjectCall, Sender } from './object-calls.js';
import { containerName, nameBelow, type ObjectKind, objectPath, parseObjectKind, wholeName } from './object-kind.js';
import type { Condition, ObjectResult } from './waiting.js';

/** What a session gives its objects. */
export interface ObjectSession extends Sender {
  /** Empty if it is not known. */
  readonly user: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Renews the token if it ends soon: it cannot be extended once it has expired. */
  keepFresh(): Promise<unknown>;
}

/** Names of objects, whole or below the user. */
export type ObjectNames = string | Iterable<string> | AsyncIterable<string>;

export interface ManyOptions {
  /** How many requests at a time; default 8. */
  readonly parallel?: number;
  /** After a failure, no more requests are begun. */
  readonly failFast?: boolean;
}

export interface ChangeOptions extends ManyOptions {
  /** What else the service is to know, such as `force`. */
  readonly query?: Readonly<Record<string, string>>;
  /** Wait until it is done; by default a result comes as soon as the service has begun it. */
  readonly wait?: WaitOptions;
}

export interface WaitOptions extends Pick<ManyOptions, 'parallel'> {
  /** Milliseconds; default 10 minutes. */
  readonly timeout?: number;
  /** Milliseconds between two looks at an object, more or less; fewer at first. Default 5 seconds. */
  readonly interval?: number;
  /** Called after each look at all objects, with one that is still waited for, and how many are. */
  readonly onLook?: (look: { readonly name: string; readonly state: string; readonly waiting: number }) => void;
}

export interface AddOptions {
  readonly text?: string;
  readonly wait?: WaitOptions;
}

const PARALLEL = 8;
const TIMEOUT = 10 * 60_000;
const INTERVAL = 5000;
/** The first pause; each later one is longer by half, up to the interval. Milliseconds. */
const FIRST_PAUSE = 1000;
/** How long the token can be left alone. Milliseconds. */
const UNATTENDED = 60_000;

type Fields = Readonly<Record<string, unknown>>;
type Filter = Readonly<Record<string, string>>;
type Calls = typeof import('./object-calls.js');

/**
 * The objects of one kind. What takes names makes its requests a few at a time over connections that are kept, and yields
 * a result for each object, once, in the order of the names; a failure of one does not end the others. It throws what
 * fails all of them, such as the end of the session, after the results that there are.
 */
export class ComputeObjects {
  readonly kind: ObjectKind;

  /**
   * Use `ComputeSession.objects`.
   *
   * @throws OracleComputeError OBJECT_MALFORMED
   */
  constructor(
    private readonly session: ObjectSession,
    kind: string,
    private readonly parent?: string,
  ) {
    this.kind = parseObjectKind(kind);
  }

  /**
   * The objects in a container, several at a time as they arrive; by default all that the customer has. If nothing is
   * below the name, it is taken for that of one object.
   *
   * @param filter fields and their values
   */
  async *list(container?: string, filter: Filter = {}): AsyncGenerator<readonly unknown[]> {
    const { kind, session } = this;
    const { accept, readList, readObject, readRefusal } = await this.load();
    const { endpoint } = session;
    const ofList = kind.below !== undefined;
    const path = objectPath(kind, ofList ? this.nameBelow() : containerName(kind, container, this.user), filter);
    const name = ofList ? this.parent : container;
    const mayBeObject =
      container !== undefined && !container.endsWith('/') && Object.keys(filter).length === 0 && !ofList;
    const answer = await this.send({ method: 'GET', path });
    const isMissing = answer.status === 404 && mayBeObject;
    let isEmpty = true;
    if (isMissing) await readRefusal(answer, endpoint);
    else {
      for await (const batch of readList(await accept(answer, session, kind, name), endpoint)) {
        isEmpty = false;
        yield batch;
      }
    }
    if (!mayBeObject || !isEmpty) return;
    const object = await this.send({ method: 'GET', path: objectPath(kind, wholeName(kind, container, this.user)) });
    // An empty container, not an unknown name.
    if (object.status === 404 && !isMissing) return void (await readRefusal(object, endpoint));
    const found = await readObject(await accept(object, session, kind, name), endpoint);
    yield listIn(found) ?? [found];
  }

  /** The names directly in a container, as `list`. Names of containers end in a slash. */
  async *discover(container?: string): AsyncGenerator<readonly unknown[]> {
    const { kind, session } = this;
    const { accept, readList } = await this.load();
    const path = objectPath(kind, containerName(kind, container, this.user));
    const answer = await this.send({ method: 'GET', path, headers: { accept: DIRECTORY_TYPE } });
    yield* readList(await accept(answer, session, kind, container), session.endpoint);
  }

  get(names: ObjectNames, options: ManyOptions = {}): AsyncGenerator<ObjectResult> {
    return this.each(names, 'GET', options);
  }

  delete(names: ObjectNames, options: ChangeOptions = {}): AsyncGenerator<ObjectResult> {
    return this.waited('delete', this.each(names, 'DELETE', options), options);
  }

  /** Starts orchestrations. */
  start(names: ObjectNames, options: ChangeOptions = {}): AsyncGenerator<ObjectResult> {
    return this.act('start', names, options);
  }

  /** Stops orchestrations. */
  stop(names: ObjectNames, options: ChangeOptions = {}): AsyncGenerator<ObjectResult> {
    return this.act('stop', names, options);
  }

  private act(action: 'start' | 'stop', names: ObjectNames, options: ChangeOptions): AsyncGenerator<ObjectResult> {
    // Orchestrations of the second generation have a desired state.
    const isSecond = this.kind.path.startsWith('/platform/');
    const desired = action === 'start' ? 'active' : 'inactive';
    const query = { ...(isSecond ? { desired_state: desired } : { action: action.toUpperCase() }), ...options.query };
    return this.waited(action, this.each(names, 'PUT', { ...options, query }), options);
  }

  /** The results of a change: of what failed at once, and of the rest when the wait for it is over. */
  private async *waited(
    action: 'start' | 'stop' | 'delete',
    results: AsyncGenerator<ObjectResult>,
    { wait, parallel }: ChangeOptions,
  ): AsyncGenerator<ObjectResult> {
    if (wait === undefined) return yield* results;
    const { conditionAfter } = await this.load();
    const begun: string[] = [];
    for await (const result of results) {
      if (result.error) yield result;
      else begun.push(result.name);
    }
    const condition = conditionAfter(this.kind, action);
    if (condition !== undefined) yield* this.waitFor(begun, condition, { parallel, ...wait });
  }

  /**
   * Makes an object.
   *
   * @param options.text the JSON of the fields, if they are to be sent unchanged
   * @param options.wait waits until the object, or what a launch plan makes, is ready
   * @returns what the service says of it, in the end
   * @throws OracleComputeError as a call; OBJECT_FAILED, NOT_IN_TIME
   */
  async add(fields: Fields, { text, wait }: AddOptions = {}): Promise<unknown> {
    const { kind } = this;
    const path = kind.below === undefined ? `${kind.addPath ?? kind.path}/` : objectPath(kind, this.nameBelow());
    // A launch plan makes instances, also if there are the fields of one instance only.
    const isOneOfPlan = kind.addPath === '/launchplan' && !('instances' in fields);
    const body = isOneOfPlan ? writeJson({ instances: [fields] }) : (text ?? writeJson(fields));
    const added = await this.read({ method: 'POST', path, text: body }, this.parent);
    return wait === undefined ? added : this.whenReady(added, wait);
  }

  private async whenReady(added: unknown, wait: WaitOptions): Promise<unknown> {
    const { conditionAfter } = await this.load();
    const condition = conditionAfter(this.kind, 'add', added);
    if (condition === undefined || !isObject(added)) return added;
    const instances = Array.isArray(added.instances) ? added.instances : undefined;
    const names = (instances ?? [added]).flatMap((each) =>
      isObject(each) && typeof each.name === 'string' ? [each.name] : [],
    );
    const made = instances ? new ComputeObjects(this.session, 'instance') : this;
    const ready: unknown[] = [];
    for await (const { object, error } of made.waitFor(names, condition, wait)) {
      if (error) throw error;
      ready.push(object);
    }
    return instances ? { ...added, instances: ready } : ready[0];
  }

  /** Changes the fields of an object; `text` as of `add`. */
  async update(
    name: string,
    fields: Fields,
    { text = writeJson(fields) }: Pick<AddOptions, 'text'> = {},
  ): Promise<unknown> {
    const whole = this.wholeName(name);
    return this.read({ method: 'PUT', path: objectPath(this.kind, whole), text }, whole);
  }

  /**
   * Waits until objects have the values of some fields, or are deleted. Looks at all of them again and again, and yields
   * each when it is there. A service that fails for a while does not end the wait.
   *
   * The errors of results: OBJECT_FAILED for an object that cannot get there, NOT_IN_TIME for one that is not there when
   * the time is over, REQUEST_REFUSED for one that does not exist.
   */
  async *waitFor(
    names: ObjectNames,
    condition: Condition,
    { timeout = TIMEOUT, interval = INTERVAL, onLook, ...options }: WaitOptions = {},
  ): AsyncGenerator<ObjectResult> {
    const { kind, session } = this;
    const { clock, signal } = session;
    const { judge, notInTime } = await this.load();
    const end = clock.monotonic() + timeout;
    const states = new Map<string, string>();
    let isReached = false;
    for (let [looked, usual] = [names, FIRST_PAUSE]; ; [looked, usual] = [[...states.keys()], usual * 1.5]) {
      try {
        for await (const look of this.get(looked, options)) {
          const { name } = look;
          const result = judge(kind.word, condition, look);
          if (typeof result === 'string') states.set(name, result);
          else {
            states.delete(name);
            yield result;
          }
        }
        isReached = true;
      } catch (error) {
        if (!isReached || !isOracleComputeError(error, 'UNREACHABLE')) throw error;
      }
      const [first] = states;
      if (!first) return;
      onLook?.({ name: first[0], state: first[1], waiting: states.size });
      const left = end - clock.monotonic();
      if (left <= 0) break;
      const pause = Math.min(left, Math.min(interval, usual) * (0.8 + Math.random() * 0.4));
      for (let rest = pause; rest > 0; rest -= UNATTENDED) {
        await clock.sleep(Math.min(rest, UNATTENDED), signal);
        // What is wrong, the next look says.
        if (rest > UNATTENDED) await session.keepFresh().catch(() => undefined);
      }
    }
    for (const [name, state] of states) yield { name, error: notInTime(kind.word, name, state, timeout) };
  }

  private async *each(
    names: ObjectNames,
    method: ObjectCall['method'],
    { parallel = PARALLEL, failFast, query }: ChangeOptions,
  ): AsyncGenerator<ObjectResult> {
    const { inOrder, isOfOneObject } = await this.load();
    const call = async ({ name, error }: ObjectResult): Promise<ObjectResult> => {
      if (error) return { name, error };
      try {
        return { name, object: await this.read({ method, path: objectPath(this.kind, name, query) }, name) };
      } catch (failure) {
        if (isOfOneObject(failure)) return { name, error: failure };
        throw failure;
      }
    };
    yield* inOrder(this.distinct(names, isOfOneObject), call, {
      parallel,
      isLast: ({ error }) => failFast === true && error !== undefined,
    });
  }

  /** The whole names, each once, or the errors of those that are malformed. */
  private async *distinct(names: ObjectNames, isOfOneObject: Calls['isOfOneObject']): AsyncGenerator<ObjectResult> {
    const known = new Set<string>();
    for await (const given of typeof names === 'string' ? [names] : names) {
      try {
        const name = this.wholeName(given);
        if (known.has(name)) continue;
        known.add(name);
        yield { name };
      } catch (error) {
        if (!isOfOneObject(error)) throw error;
        yield { name: given, error };
      }
    }
  }

  private wholeName(name: string): string {
    const { kind } = this;
    if (name.endsWith('/')) {
      throw new OracleComputeError('USAGE', 'a container is not an object: its name ends in /', {});
    }
    if (kind.below === undefined) return wholeName(kind, name, this.user);
    // A version, or the whole name of a result.
    return wholeName(kind, name.startsWith(this.nameBelow()) ? name : this.nameBelow(name), this.user);
  }

  /** The name of what is below the list: one of its entries, or all of them. */
  private nameBelow(key?: string): string {
    if (this.parent !== undefined) return nameBelow(this.kind, wholeName(this.kind, this.parent, this.user), key);
    throw new OracleComputeError('USAGE', `${this.kind.word} needs the name of the list`, {});
  }

  /** The user that names belong to which are not whole. @throws OracleComputeError MISSING_VALUE if none is known */
  readonly user = (): string => {
    if (this.session.user !== '') return this.session.user;
    throw new OracleComputeError('MISSING_VALUE', 'no user given', { name: 'user' });
  };

  private async read(call: ObjectCall, name: string | undefined): Promise<unknown> {
    const { accept, readObject } = await this.load();
    const answer = await accept(await this.send(call), this.session, this.kind, name);
    return readObject(answer, this.session.endpoint);
  }

  private async send(call: ObjectCall): Promise<AuthenticatedAnswer> {
    return (await this.load()).sendCall(this.session, call);
  }

  /** Loaded later, because no login needs it. */
  private load(): Promise<Calls> {
    return import('./object-calls.js');
  }
}

/** The list in an answer; undefined if it has none. */
export function listIn(value: unknown): readonly unknown[] | undefined {
  if (!isObject(value)) return undefined;
  const list = value.result ?? value.list;
  return Array.isArray(list) ? list : undefined;
}
