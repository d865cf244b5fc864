/**
 * Small checks of what a snapshot holds, each with the name of its shape: what is read is as the types say, and a test
 * sees when a shape has changed.
 *
 * @module
 */
export interface Check<T> {
  readonly shape: string;
  is(value: unknown): value is T;
  /** The value with its members in the one order that a snapshot has them in. */
  write(value: T): unknown;
}

const checked = <T>(shape: string, is: (value: unknown) => boolean, write: (value: T) => unknown = (value) => value): Check<T> => ({
  shape,
  is: (value): value is T => is(value),
  write,
});

/** Longest text in a snapshot; nothing in an act is longer. */
const MAX_TEXT = 65_536;

export const text = <T extends string>(): Check<T> => checked('text', (value) => typeof value === 'string' && value.length <= MAX_TEXT);
export const hash = <T extends string>(length: number): Check<T> =>
  checked(`text of ${length}`, (value) => typeof value === 'string' && value.length === length);
export const flag: Check<boolean> = checked('flag', (value) => typeof value === 'boolean');
export const integer: Check<number> = checked('integer', Number.isSafeInteger);
/** One of these and no other: the compiler refuses a table that lacks one of the type's. */
export const oneOf = <T extends string>(all: { readonly [K in T]: true }): Check<T> =>
  checked(
    Object.keys(all)
      .sort()
      .map((one) => `'${one}'`)
      .join('|'),
    (value) => typeof value === 'string' && Object.hasOwn(all, value),
  );

export const nullable = <T>(inner: Check<T>): Check<T | null> =>
  checked(
    `${inner.shape}|null`,
    (value) => value === null || inner.is(value),
    (value) => (value === null ? null : inner.write(value)),
  );

/** As long as it may be: a member that holds more than a reader takes would spoil every snapshot, and what is read is of a size that was said. */
export const listOf = <T>(inner: Check<T>): Check<readonly T[]> =>
  checked(
    `[${inner.shape}]`,
    (value) => Array.isArray(value) && value.every((one) => inner.is(one)),
    (value) => value.map((one) => inner.write(one)),
  );

/** A member that may be missing. */
export const optional = <T>(inner: Check<T>): Check<T> =>
  checked(
    `${inner.shape}?`,
    (value) => value === undefined || inner.is(value),
    (value) => (value === undefined ? undefined : inner.write(value)),
  );

/** Exactly these members. The compiler refuses a table that lacks one of the type's, also one that may be missing. */
export function record<T extends object>(members: { readonly [K in keyof T]-?: Check<T[K]> }): Check<T> {
  const names = (Object.keys(members) as (keyof T & string)[]).sort();
  const known = new Set<string>(names);
  return checked(
    `{${names.map((name) => `${name}:${members[name].shape}`).join(',')}}`,
    (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
      const given = value as T;
      for (const name in given) if (!known.has(name)) return false;
      return names.every((name) => members[name].is(given[name]));
    },
    (value) => {
      const written: Record<string, unknown> = {};
      for (const name of names) {
        // A member that is not in the table would be lost: it must not come this far.
        const member = value[name];
        if (member !== undefined) written[name] = members[name].write(member);
      }
      return written;
    },
  );
}
