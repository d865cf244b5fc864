import { describe, expect, test } from 'vitest';
import { createShow } from './show.ts';

function stage(isTTY: boolean) {
  let text = '';
  let time = 0;
  const show = createShow({ isTTY, write: (part: string) => (text += part) }, () => time);
  return { show, text: () => text, pass: (ms: number) => (time += ms) };
}

describe('the demo’s output', () => {
  test('a step is numbered and says what it proves once it has succeeded', async () => {
    const { show, text } = stage(false);
    expect(await show.step('First', 'this', async () => 7)).toBe(7);
    await show.step('Second', 'that', async () => show.fact('name', 'value'));
    expect(text()).toContain(' 1  First\n   ✓ this');
    expect(text()).toMatch(/ 2 {2}Second\n {3}name +value\n {3}✓ that/);
  });

  test('a step that fails proves nothing', async () => {
    const { show, text } = stage(false);
    await expect(show.step('First', 'this', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(text()).not.toContain('this');
  });

  test('without a terminal, progress is a line every few seconds and one at the end', () => {
    const { show, text, pass } = stage(false);
    pass(5000);
    for (let tenths = 0; tenths < 10; tenths += 1) {
      show.onProgress('primes', tenths / 10);
      pass(1000);
    }
    show.onProgress('primes', 1);
    const lines = text().trimEnd().split('\n');
    expect(lines.length).toBe(3);
    expect(lines.at(-1)).toContain('100 %');
    expect(text()).not.toContain('\r');
  });

  test('on a terminal it is one line, rewritten', () => {
    const { show, text } = stage(true);
    show.onProgress('aux', 0.25);
    show.onProgress('aux', 0.5);
    expect(text()).not.toContain('\n');
    show.onProgress('aux', 1);
    expect(text().split('\n').length).toBe(2);
  });
});
