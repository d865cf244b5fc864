/**
 * Acts at random, by anyone who could sign, on anything there is: what properties of the reducer are checked against.
 * Signatures are left out; everything else is as `verifyEvidence` hands it over.
 *
 * @module
 */
import { challengeOf, deriveCredentialId, deriveId, type Endpoint, hex, type Method, payloadHashOf, readCommand, type Statement } from '@quorate/wire';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type AuthorityState, type Credential, publicKeyHashOf, reduce, type Verified } from './index.ts';
import { newKey, newSignerKeys, NOW } from './organisation.test-kit.ts';

export interface Step {
  readonly who: number;
  readonly what: string;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

interface Request {
  readonly method: Method;
  readonly path: string;
  readonly payload?: unknown;
}

const keys = Array.from({ length: 24 }, () => newKey().publicKey);
const signerKeys = Array.from({ length: 12 }, newSignerKeys).map(({ keys }) => ({ ...keys, proof: 'A'.repeat(88) }));
const operations = ['Permissions:Assign', 'PermissionAssignments:Create', 'Wallets:Export', 'Keys:Export', 'Permissions:Create', 'Permissions:Update']
  .concat(['Permissions:Archive', 'Permissions:Revoke', 'Auth:ServiceAccounts:Create', 'Auth:ServiceAccounts:Activate', 'Auth:Users:Activate'])
  .concat(['Auth:Users:Deactivate', 'Auth:ServiceAccounts:Deactivate', 'Auth:Pats:Create', 'Auth:Users:Create', 'Auth:Users:Delete'])
  .concat(['Wallets:Create', 'Keys:Reuse', 'Keys:Delegate', 'Keys:Delete', 'Keys:Update', 'Wallets:Tags:Add', 'Wallets:Tags:Delete']);

const at = <T>(items: readonly T[], i: number): T | undefined => items[i % Math.max(1, items.length)];
const some = (i: number, n: number): string[] => Array.from({ length: 1 + (n % 5) }, (_, k) => at(operations, i + k * 3) ?? '');
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Named after what it is about; each reads what it needs off the state. */
const requests: Readonly<Record<string, (state: AuthorityState, step: Step) => Request>> = {
  serviceAccount: (s, { a, b, c }) =>
    post('/auth/service-accounts', { name: `n${a % 12}`, publicKey: at(keys, b), ...(c % 2 ? { permissionId: permission(s, c) } : {}) }),
  user: (_, { a, b }) => post('/auth/users', { email: `n${a % 12}@example.org`, kind: 'CustomerEmployee', publicKey: at(keys, b) }),
  invited: (_, { a }) => post('/auth/users', { email: `n${a % 12}@example.org`, kind: 'CustomerEmployee' }),
  confirm: (s, { a, b, c }) => post(`/auth/users/${a % 3 ? unregistered(s, a) : user(s, a)}/confirm`, confirmation(at(keys, b) ?? '', `cred${c % 20}`)),
  updatePerson: (s, { a, b }) => put(`/auth/users/${user(s, a)}`, { isSSORequired: b % 3 === 0 }),
  token: (s, { a, b, c }) => post('/auth/pats', { name: `n${a}`, publicKey: at(keys, b), ...(c % 2 ? { permissionId: permission(s, c) } : {}) }),
  permission: (_, { a, b, c }) => post('/permissions', { name: `p${a % 8}`, operations: some(b, c) }),
  assign: (s, { a, b }) => post(`/permissions/${permission(s, a)}/assignments`, { identityId: identity(s, b) }),
  revoke: (s, { a, b }) => {
    const assignment = at([...s.assignments.values()], a);
    return { method: 'DELETE', path: `/permissions/${b % 9 ? assignment?.permissionId : permission(s, b)}/assignments/${assignment?.id}` };
  },
  widen: (s, { a, b, c }) => put(`/permissions/${permission(s, a)}`, { operations: some(b, c) }),
  rename: (s, { a, b }) => put(`/permissions/${permission(s, a)}`, { name: `p${b % 8}` }),
  archivePermission: (s, { a, b }) => put(`/permissions/${permission(s, a)}/archive`, { isArchived: b % 2 === 0 }),
  updateAccount: (s, { a, b }) => put(`/auth/service-accounts/${user(s, a)}`, { name: `n${b % 12}` }),
  account: (s, { a, b }) => put(`/auth/service-accounts/${user(s, a)}/${b % 2 ? 'activate' : 'deactivate'}`),
  archiveAccount: (s, { a }) => ({ method: 'DELETE', path: `/auth/service-accounts/${user(s, a)}` }),
  person: (s, { a, b }) => put(`/auth/users/${user(s, a)}/${b % 2 ? 'activate' : 'deactivate'}`),
  archivePerson: (s, { a }) => ({ method: 'DELETE', path: `/auth/users/${user(s, a)}` }),
  updateToken: (s, { a, b }) => put(`/auth/pats/${token(s, a)}`, { name: `n${b}` }),
  setToken: (s, { a, b }) => put(`/auth/pats/${token(s, a)}/${b % 2 ? 'activate' : 'deactivate'}`),
  archiveToken: (s, { a }) => ({ method: 'DELETE', path: `/auth/pats/${token(s, a)}` }),
  credential: (s, { a, b }) => post('/auth/credentials', registration(at(keys, a) ?? '', b % 7 ? `cred${b % 20}` : (at([...s.credentials.keys()], b) ?? ''))),
  setCredential: (s, { a, b }) => put(`/auth/credentials/${b % 2 ? 'activate' : 'deactivate'}`, { credentialUuid: at([...s.credentials.values()], a)?.uuid }),
  rotate: (s, { a, b, c }) =>
    put(`/signers/${encodeURIComponent(at(s.genesis.signers, a)?.id ?? '')}/keys`, { ...at(signerKeys, b), importKey: at(signerKeys, c)?.importKey }),
  settings: (_, { a }) => put('/organisation/settings', { exportEnabled: a % 2 === 0 }),
  furtherWallet: (_, { a, b }) => post('/wallets', { network: 'Ethereum', signingKey: { id: key(a) }, ...(b % 2 ? { tags: [`t${b % 9}`] } : {}) }),
  tag: (s, { a, b }) => put(`/wallets/${wallet(s, a)}/tags`, { tags: [`t${b % 9}`, 'all'] }),
  untag: (s, { a, b }) => ({ method: 'DELETE', path: `/wallets/${wallet(s, a)}/tags`, payload: { tags: [`t${b % 9}`] } }),
  delegateKey: (s, { a, b }) => post(`/keys/${key(a)}/delegate`, { delegateTo: user(s, b) }),
  delegateWallet: (s, { a, b }) => post(`/wallets/${wallet(s, a)}/delegate`, { userId: user(s, b) }),
  deleteKey: (_, { a }) => ({ method: 'DELETE', path: `/keys/${key(a)}` }),
  renounceExport: (_, { a }) => put(`/keys/${key(a)}/never-exportable`),
  noAct: () => post('/wallets', { network: 'KeyECDSA' }),
};

const post = (path: string, payload: unknown): Request => ({ method: 'POST', path, payload });
const put = (path: string, payload: unknown = {}): Request => ({ method: 'PUT', path, payload });
const permission = (s: AuthorityState, i: number): string => at([...s.permissions.keys()], i) ?? '';
const user = (s: AuthorityState, i: number): string => at([...s.users.keys()], i) ?? '';
const unregistered = (s: AuthorityState, i: number): string =>
  at(
    [...s.users.values()].filter(({ credId }) => credId === null),
    i,
  )?.id ?? user(s, i);
const token = (s: AuthorityState, i: number): string => at([...s.tokens.keys()], i) ?? deriveId('to', 0, 'none');
/** Few keys, so that acts meet; the first wallet of each, and the further ones that acts have made. */
const key = (i: number): string => deriveId('key', 0, `key ${i % 6}`);
const wallet = (s: AuthorityState, i: number): string =>
  at([...Array.from({ length: 6 }, (_, k) => deriveId('wa', 0, `key ${k}`)), ...s.wallets.keys()], i) ?? '';
const identity = (s: AuthorityState, i: number): string => at([...s.users.keys(), ...s.tokens.keys()], i) ?? '';
const confirmation = (publicKey: string, credentialId: string) => ({
  credentialId,
  credentialKind: 'Key',
  credentialName: 'n',
  publicKey,
  publicKeyHash: publicKeyHashOf(publicKey),
});
const registration = (publicKey: string, credId: string) => ({
  challengeIdentifier: 'x',
  credentialName: 'n',
  credentialKind: 'Key',
  credentialInfo: { credId, clientData: base64url({ type: 'key.create', challenge: 'x' }), attestationData: base64url({ publicKey, signature: '00' }) },
});

/** `who` counts through the credentials there are; 0 is the genesis administrator's, who is busier than the others. */
export const steps = (maxLength: number): fc.Arbitrary<Step[]> => {
  const n = fc.nat(1000);
  const who = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: n });
  return fc.array(fc.record({ who, what: fc.constantFrom(...Object.keys(requests)), a: n, b: n, c: n }), { minLength: maxLength / 2, maxLength });
};

/** Whether signers obey this credential at all, as `verifyEvidence` decides it. */
export function canSign(state: AuthorityState, credential: Credential): boolean {
  const holder = state.users.get(credential.userId);
  const pat = credential.tokenId === '' ? null : state.tokens.get(credential.tokenId);
  return credential.isActive && credential.vouchedFor && holder?.isActive === true && (pat === null || pat?.isActive === true);
}

/** The request that a step makes of this state, verified; `null` when its credential cannot sign. @throws {Refusal} for what cannot be read */
export function verifiedOf(state: AuthorityState, step: Step): Verified | null {
  const first = state.genesis.administrators[0]?.credId;
  const credential = step.who === 0 && first !== undefined ? state.credentials.get(first) : at([...state.credentials.values()], step.who);
  return credential === undefined
    ? null
    : verifiedRequest(state, credential, (requests[step.what] as (typeof requests)[string])(state, step), JSON.stringify(step));
}

function verifiedRequest(state: AuthorityState, credential: Credential, { method, path, payload }: Request, nonce: string): Verified | null {
  const author = state.users.get(credential.userId);
  if (author === undefined || !canSign(state, credential)) return null;
  const text = payload === undefined ? '{}' : JSON.stringify(payload);
  const statement: Statement = {
    v: '1',
    genesisHash: state.genesisHash,
    headNumber: String(state.head.number),
    headHash: state.head.hash,
    orgId: state.genesis.orgId,
    userId: author.id,
    tokenId: credential.tokenId,
    method,
    path,
    payloadHash: payloadHashOf(text),
    nonce: hex.encode(createHash('sha256').update(nonce).digest()),
    issuedAt: String(NOW),
    expiresAt: String(NOW + 300_000),
  };
  const evidence = { statement, payload: text, kind: 'Key' as const, credId: credential.credId, clientData: '', signature: '' };
  return { evidence, challenge: challengeOf(statement), command: readCommand({ method, path, payload: text }), user: author, credential };
}

/** With people, service accounts and tokens that may do a little, so that not everything hangs on the administrator. */
export function busyOrganisation(genesis: AuthorityState): AuthorityState {
  let state = genesis;
  const first = genesis.credentials.first();
  const act = (request: Request, credential = first): string => {
    const verified = credential && verifiedRequest(state, credential, request, `${request.path} ${state.head.number}`);
    if (verified === undefined || verified === null) throw new Error('cannot sign');
    state = reduce(state, verified);
    return verified.challenge;
  };
  const permissions = [operations, operations.slice(0, 9), operations.slice(5), operations.slice(9, 13)].map((some, i) =>
    deriveId('pm', 0, act(post('/permissions', { name: `p${i}`, operations: some }))),
  );
  for (const [i, permissionId] of permissions.entries()) {
    act(post('/auth/service-accounts', { name: `n${i}`, publicKey: newKey().publicKey, permissionId }));
    const challenge = act(post('/auth/users', { email: `n${i}@example.org`, kind: 'CustomerEmployee', publicKey: newKey().publicKey }));
    act(post(`/permissions/${permissionId}/assignments`, { identityId: deriveId('us', 0, challenge) }));
    const own = state.credentials.get(deriveCredentialId(0, challenge));
    if (i === 0) act(post('/auth/pats', { name: 'pat', publicKey: newKey().publicKey, permissionId }), own);
    const invited = act(post('/auth/users', { email: `invited${i}@example.org`, kind: 'CustomerEmployee' }));
    act(post(`/permissions/${permissionId}/assignments`, { identityId: deriveId('us', 0, invited) }));
  }
  return state;
}

/** Endpoints that the steps reach, for the test that none is forgotten. */
export function endpointsReached(state: AuthorityState): ReadonlySet<Endpoint> {
  const step = { who: 0, a: 0, c: 0 };
  const reached = Object.keys(requests).flatMap((what) => [0, 1].map((b) => verifiedOf(state, { ...step, what, b })?.command.endpoint));
  return new Set(reached.filter((endpoint) => endpoint !== undefined));
}
