/**
 * `npm run demo`: plays the whole story on this machine. What it makes stays in `.quorate/demo`, so that the next run
 * starts at once.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { play } from './demo/play.ts';
import { createShow } from './demo/show.ts';
import { saidOnce } from './entry.ts';

const NEXT = `
What to try next
   npm run demo                                  again: the network is kept, so it starts in seconds
   npm run dev -- --allow-export                 a network to keep, on http://127.0.0.1:7310, for your own client
   rm -r .quorate/demo                           forget this one and watch new signers being born
`;

await saidOnce(async () => {
  const { values } = parseArgs({ options: { data: { type: 'string', default: '.quorate/demo' } } });
  const show = createShow(process.stdout);
  show.say('Quorate: five signers and a server on this machine. A key is born, signs, leaves for its owner, and never signs here again.');
  const begun = performance.now();
  await play({ dir: values.data, show });
  show.say(`\nAll of it in ${Math.round((performance.now() - begun) / 1000)} s.\n${NEXT}`);
});
