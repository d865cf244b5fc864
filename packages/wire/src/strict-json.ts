/**
 * JSON as it may be signed: no duplicate members (two readers could each believe another one), bounded depth, and no
 * member that reaches for a prototype.
 *
 * @module
 */
import { Refusal } from './refusal.ts';

const MAX_DEPTH = 32;

/** Parses strictly. @throws {Refusal} `request/malformed-json` */
export function parseStrictJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal('request/malformed-json', { reason: 'not JSON' });
  }
  checkMembers(text);
  return value;
}

/** Walks text that is known to be JSON and refuses a member that stands twice in one object. */
function checkMembers(text: string): void {
  // One entry per open container: the members seen in an object, null for an array.
  const open: (Set<string> | null)[] = [];
  let expectsName = false;
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    if (char === '"') {
      const end = endOfString(text, at);
      if (expectsName) {
        const name = JSON.parse(text.slice(at, end)) as string;
        const seen = open.at(-1);
        if (name === '__proto__') throw new Refusal('request/malformed-json', { reason: 'a member called __proto__' });
        if (seen?.has(name)) throw new Refusal('request/malformed-json', { reason: 'duplicate member' });
        seen?.add(name);
        expectsName = false;
      }
      at = end;
      continue;
    }
    if (char === '{' || char === '[') {
      if (open.length >= MAX_DEPTH) throw new Refusal('request/malformed-json', { reason: 'nested too deeply' });
      open.push(char === '{' ? new Set() : null);
      expectsName = char === '{';
    } else if (char === '}' || char === ']') {
      open.pop();
      expectsName = false;
    } else if (char === ',') {
      expectsName = open.at(-1) instanceof Set;
    }
    at++;
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
