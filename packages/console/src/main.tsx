/**
 * The console's entry: from the configuration to the page.
 *
 * @module
 */
import './no-eval.ts';
import { createRoot } from 'react-dom/client';
import { loadConfig } from './config.ts';
import { App } from './view/app.tsx';
import { Notice } from './view/notice.tsx';
import { sentenceOf } from './words.ts';

const place = document.getElementById('console');
if (place === null) throw new Error('index.html has no place for the console');
const root = createRoot(place);
try {
  root.render(<App settings={await loadConfig(window.location.origin)} />);
} catch (error) {
  root.render(
    <main>
      <h1>Quorate</h1>
      <Notice kind="bad">{sentenceOf(error)}</Notice>
    </main>,
  );
}
