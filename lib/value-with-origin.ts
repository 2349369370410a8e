/** A value and where it came from: a flag, a variable or a file, as a message would name it. */
export interface ValueWithOrigin<T> {
  readonly value: T;
  readonly source: string;
}
