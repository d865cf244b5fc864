/**
 * A state as bytes, and back: what a signer starts from instead of replaying every act. The same state has the same
 * bytes at every signer.
 *
 * Lines of JSON: the first says of what, then come the members in the order of their names, each as lines
 * `["name", item, …]` of at most {@link ITEMS} items.
 *
 * @module
 */
import { type Genesis, type Head, type Signed, type SignerId, SNAPSHOT_PIECE_BYTES, type SnapshotBody, utf8 } from '@quorate/wire';
import { type Roster, verifyBySigner } from './roster.ts';
import { type MemberCodec, type MemberName, memberNames, members, SNAPSHOT_FORMAT } from './snapshot-members.ts';
import type { AuthorityState } from './state.ts';

const ITEMS = 64;

/** The bytes of a state in pieces. Making one takes milliseconds, so that others can be served in between. */
export function* encodeSnapshot(state: AuthorityState): Generator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let size = 0;
  for (const line of lines(state)) {
    const bytes = utf8.encode(`${line}\n`);
    pending.push(bytes);
    size += bytes.length;
    while (size >= SNAPSHOT_PIECE_BYTES) {
      const all = joined(pending, size);
      yield all.slice(0, SNAPSHOT_PIECE_BYTES);
      pending = [all.subarray(SNAPSHOT_PIECE_BYTES)];
      size -= SNAPSHOT_PIECE_BYTES;
    }
  }
  if (size > 0) yield joined(pending, size);
}

function* lines(state: AuthorityState): Generator<string> {
  const { genesisHash, head } = state;
  yield JSON.stringify([SNAPSHOT_FORMAT, genesisHash, head.number, head.hash]);
  for (const name of memberNames) {
    let items: unknown[] = [];
    for (const item of (members[name] as MemberCodec<unknown>).write(state[name])) {
      items.push(item);
      if (items.length < ITEMS) continue;
      yield JSON.stringify([name, ...items]);
      items = [];
    }
    if (items.length > 0) yield JSON.stringify([name, ...items]);
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * The state that these bytes are of, or `null` where they are none of this organisation and head. That they are the
 * right ones is for their hash to say.
 */
export async function decodeSnapshot(genesis: Genesis, genesisHash: string, head: Head, pieces: AsyncIterable<Uint8Array>): Promise<AuthorityState | null> {
  const found = new Map<string, unknown[]>(memberNames.map((name) => [name, []]));
  let first = true;
  for await (const line of linesOf(pieces)) {
    const items = parsed(line);
    if (items === null) return null;
    if (first) {
      first = false;
      if (JSON.stringify(items) !== JSON.stringify([SNAPSHOT_FORMAT, genesisHash, head.number, head.hash])) return null;
      continue;
    }
    const all = found.get(String(items[0]));
    if (all === undefined) return null;
    for (let i = 1; i < items.length; i++) all.push(items[i]);
  }
  if (first) return null;
  const state: Partial<Record<MemberName, unknown>> = {};
  for (const name of memberNames) {
    const value = members[name].read(found.get(name) ?? []);
    if (value === null) return null;
    state[name] = value;
  }
  const whole = { ...(state as Omit<AuthorityState, 'genesis' | 'genesisHash' | 'head'>), genesis, genesisHash, head };
  return whole.heads.size === head.number + 1 && whole.heads.get(0) === genesisHash && whole.heads.last() === head.hash ? whole : null;
}

async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = '';
  for await (const piece of pieces) {
    let text: string;
    try {
      text = rest + decoder.decode(piece, { stream: true });
    } catch {
      yield '';
      return;
    }
    const all = text.split('\n');
    rest = all.pop() ?? '';
    yield* all;
  }
  if (rest !== '') yield rest;
}

function parsed(line: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** The distinct signers of the roster that truly made this statement, with their present keys. */
export async function snapshotSigners(roster: Roster, body: SnapshotBody, said: readonly Signed<'snapshot'>[]): Promise<SignerId[]> {
  const same = (Object.keys(body) as (keyof SnapshotBody)[]).sort();
  const valid = await Promise.all(
    said.map(async (one) => {
      const about = body.genesisHash === roster.genesisHash && same.every((name) => one.body[name] === body[name]);
      return about && (await verifyBySigner(roster, 'snapshot', one, 'present')) ? one.signerId : null;
    }),
  );
  return [...new Set(valid.filter((id) => id !== null))];
}

/** Whether a quorum of signers says that these are the bytes of the state at this head. */
export async function isSnapshotCertified(roster: Roster, body: SnapshotBody, said: readonly Signed<'snapshot'>[]): Promise<boolean> {
  return (await snapshotSigners(roster, body, said)).length >= roster.genesis.threshold;
}
