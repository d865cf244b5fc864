/**
 * What the scripts print: whole sentences, and one line that is rewritten on a terminal and repeated every few
 * seconds elsewhere.
 *
 * @module
 */
const out = process.stderr;
const terminal = out.isTTY === true;
const QUIET_INTERVAL_MS = 10_000;

let shown = '';
let lastPlain = 0;

/** Prints one line, above the status line where there is one. */
export function say(text) {
  if (terminal && shown !== '') out.write('\r\x1b[2K');
  out.write(`${text}\n`);
  if (terminal && shown !== '') out.write(shown);
}

/** Shows how far a long job is; `fraction` from 0 to 1 draws a bar. */
export function status(text, fraction) {
  const line = fraction === undefined ? `  ${text}` : `  ${bar(fraction)} ${text}`;
  if (terminal) {
    shown = line.slice(0, Math.max(20, (out.columns ?? 80) - 1));
    out.write(`\r\x1b[2K${shown}`);
    return;
  }
  if (Date.now() - lastPlain < QUIET_INTERVAL_MS) return;
  lastPlain = Date.now();
  out.write(`  ${text}\n`);
}

/** Takes the status line away; the next `status` prints at once. */
export function endStatus() {
  if (terminal && shown !== '') out.write('\r\x1b[2K');
  shown = '';
  lastPlain = Date.now();
}

export function bar(fraction, width = 24) {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]`;
}

/** `75 000` ms as `1:15`, below a minute as `12 s`. */
export function duration(ms) {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`;
}

/** A reason to stop that the reader can act on: shown as one sentence, without a stack. */
export class Stop extends Error {
  constructor(text) {
    super(text);
    this.name = 'Stop';
  }
}
