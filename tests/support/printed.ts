/** Reads docs/operate.md the way a reader does: on which host a block is typed, and which files travel between. */
export interface Typed {
  readonly kind: 'typed';
  readonly on: string;
  /** It is a daemon, and the next block is typed while it runs. */
  readonly running: boolean;
  readonly text: string;
  /** Where it stands, for whoever reads a failure. */
  readonly line: number;
}

export interface Carried {
  readonly kind: 'carried';
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export type Step = Typed | Carried;

const HOST = /^\*\*On ([a-z0-9 -]+)\*\*(.*)$/;
const ROW = /^\| `([^`|]+)` \| ([^|]+) \| ([^|]+) \|$/;

/** Everything between two headings. @throws for a block of commands that does not say where it is typed, or a host without a block */
export function stepsOf(document: string, { from, to }: { readonly from: string; readonly to: string }): Step[] {
  const lines = document.split('\n');
  const [first, last] = [lines.indexOf(from), lines.indexOf(to)];
  if (first < 0 || last <= first) throw new Error(`the document has no ${from} before ${to}`);
  const steps: Step[] = [];
  let host: { readonly on: string; readonly running: boolean } | null = null;
  let carrying = false;
  for (let at = first; at < last; at++) {
    const line = lines[at] ?? '';
    if (line === '| file | from | to |') carrying = true;
    else if (!line.startsWith('|')) carrying = false;
    const row = carrying ? ROW.exec(line) : null;
    if (row !== null) steps.push({ kind: 'carried', file: row[1] ?? '', from: row[2] ?? '', to: row[3] ?? '' });
    const named = HOST.exec(line);
    if (named !== null) {
      if (host !== null) throw new Error(`line ${at + 1}: nothing was typed on ${host.on}`);
      host = { on: named[1] ?? '', running: (named[2] ?? '').includes('keeps running') };
    }
    if (!line.startsWith('```') || line === '```') continue;
    const end = lines.indexOf('```', at);
    if (line === '```sh') {
      if (host === null) throw new Error(`line ${at + 1}: on which host is this typed?`);
      steps.push({ kind: 'typed', ...host, text: lines.slice(at + 1, end).join('\n'), line: at + 1 });
      host = null;
    }
    at = end;
  }
  return steps;
}
