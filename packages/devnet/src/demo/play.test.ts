import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { play } from './play.ts';
import { createShow } from './show.ts';

test('the demo goes through, and again on what it kept', { timeout: 300_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'quorate-demo-'));
  try {
    for (const start of ['founded just now', 'kept from an earlier run']) {
      let text = '';
      const show = createShow({ write: (part: string) => (text += part) });
      await play({ dir, show, testFixtures: true });
      expect(text).toContain(start);
      expect(text.match(/✓/g)?.length).toBe(9);
      expect(text).toContain('signer 4: share/value');
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
