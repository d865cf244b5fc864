import { describe, expect, test } from 'vitest';
import { readTraceId, traceIdIn } from './trace.ts';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

describe('a traceparent', () => {
  test('gives its trace id, also of a later version that says more', () => {
    for (const header of [`00-${ID}-${PARENT}-01`, `00-${ID}-${PARENT}-00`, `01-${ID}-${PARENT}-03`, `cc-${ID}-${PARENT}-01-what-comes`]) {
      expect(traceIdIn(header)).toBe(ID);
    }
  });

  test.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['the version that never is', `ff-${ID}-${PARENT}-01`],
    ['the first version with more than it has', `00-${ID}-${PARENT}-01-more`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['a parent of zeros', `00-${ID}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${ID.toUpperCase()}-${PARENT}-01`],
    ['a short trace', `00-${ID.slice(1)}-${PARENT}-01`],
    ['two headers in one', `00-${ID}-${PARENT}-01, 00-${ID}-${PARENT}-01`],
    ['a line break', `00-${ID}-${PARENT}-01\n`],
    ['more than anybody reads', `01-${ID}-${PARENT}-01-${'x'.repeat(300)}`],
  ])('that is %s is none', (_, header) => {
    expect(traceIdIn(header)).toBeNull();
    expect(traceIdIn(`00-${ID}-${PARENT}-01`)).toBe(ID);
  });
});

test('only 32 hex digits are a trace id, whatever else stands in its place', () => {
  for (const value of [null, 1, {}, [ID], `${ID}\n`, ID.slice(2), '0'.repeat(32), 'g'.repeat(32)]) expect(readTraceId(value)).toBeNull();
  expect(readTraceId(ID)).toBe(ID);
});
