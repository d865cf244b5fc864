/**
 * What the stock SDK's types promise to its callers, our answers have. The comparison is made by the type checker
 * (`npm run check`): an answer that lacks a member shows up there, by its path.
 */
import { DfnsApiClient } from '@dfns/sdk';
import * as wire from '@quorate/wire';
import { expect, test } from 'vitest';

/** Every call of the table that the stock client has. */
const served = {
  'auth.activateCredential': wire.activateCredential,
  'auth.activatePersonalAccessToken': wire.activatePersonalAccessToken,
  'auth.activateServiceAccount': wire.activateServiceAccount,
  'auth.activateUser': wire.activateUser,
  'auth.archivePersonalAccessToken': wire.archivePersonalAccessToken,
  'auth.archiveServiceAccount': wire.archiveServiceAccount,
  'auth.archiveUser': wire.archiveUser,
  'auth.createCredential': wire.createCredential,
  'auth.createCredentialChallenge': wire.createCredentialChallenge,
  'auth.createLoginChallenge': wire.initLogin,
  'auth.createPersonalAccessToken': wire.createPersonalAccessToken,
  'auth.createRegistrationChallenge': wire.initRegistration,
  'auth.createServiceAccount': wire.createServiceAccount,
  'auth.createUser': wire.createUser,
  'auth.createUserActionChallenge': wire.initUserAction,
  'auth.createUserActionSignature': wire.completeUserAction,
  'auth.deactivateCredential': wire.deactivateCredential,
  'auth.deactivatePersonalAccessToken': wire.deactivatePersonalAccessToken,
  'auth.deactivateServiceAccount': wire.deactivateServiceAccount,
  'auth.deactivateUser': wire.deactivateUser,
  'auth.getApplication': wire.getApplication,
  'auth.getPersonalAccessToken': wire.getPersonalAccessToken,
  'auth.getServiceAccount': wire.getServiceAccount,
  'auth.getUser': wire.getUser,
  'auth.listApplications': wire.listApplications,
  'auth.getAuditLog': wire.getAuditLog,
  'auth.listAuditLogs': wire.listAuditLogs,
  'auth.listCredentials': wire.listCredentials,
  'auth.listPersonalAccessTokens': wire.listPersonalAccessTokens,
  'auth.listServiceAccounts': wire.listServiceAccounts,
  'auth.listUsers': wire.listUsers,
  'auth.login': wire.login,
  'auth.logout': wire.logout,
  'auth.register': wire.register,
  'auth.resendRegistrationCode': wire.renewRegistrationCode,
  'auth.updatePersonalAccessToken': wire.updatePersonalAccessToken,
  'auth.updateServiceAccount': wire.updateServiceAccount,
  'auth.updateUser': wire.updateUser,
  'keys.createKey': wire.createKey,
  'keys.delegateKey': wire.delegateKey,
  'keys.deleteKey': wire.deleteKey,
  'keys.exportKey': wire.exportKey,
  'keys.generateSignature': wire.createKeySignature,
  'keys.getKey': wire.getKey,
  'keys.getSignature': wire.getKeySignature,
  'keys.listKeys': wire.listKeys,
  'keys.listSignatures': wire.listKeySignatures,
  'keys.updateKey': wire.updateKey,
  'permissions.archivePermission': wire.archivePermission,
  'permissions.createAssignment': wire.createAssignment,
  'permissions.createPermission': wire.createPermission,
  'permissions.deleteAssignment': wire.deleteAssignment,
  'permissions.getPermission': wire.getPermission,
  'permissions.listAssignments': wire.listAssignments,
  'permissions.listPermissions': wire.listPermissions,
  'permissions.updatePermission': wire.updatePermission,
  'signers.listSigners': wire.listSigners,
  'wallets.createWallet': wire.createWallet,
  'wallets.delegateWallet': wire.delegateWallet,
  'wallets.exportWallet': wire.exportWallet,
  'wallets.generateSignature': wire.createWalletSignature,
  'wallets.getSignature': wire.getWalletSignature,
  'wallets.getWallet': wire.getWallet,
  'wallets.listSignatures': wire.listWalletSignatures,
  'wallets.listWallets': wire.listWallets,
  'wallets.tagWallet': wire.tagWallet,
  'wallets.untagWallet': wire.untagWallet,
  'wallets.updateWallet': wire.updateWallet,
};
type Served = typeof served;

/** What the stock client's method answers with. */
type Promised<Name> = Name extends `${infer Room}.${infer Method}`
  ? Room extends keyof DfnsApiClient
    ? Method extends keyof DfnsApiClient[Room]
      ? DfnsApiClient[Room][Method] extends (...given: never[]) => Promise<infer Reply>
        ? Reply
        : never
      : never
    : never
  : never;

type Plain<T> = T extends string ? string : T extends number ? number : boolean;
/** `NonNullable` would make something of `unknown`. */
type Present<T> = unknown extends T ? T : NonNullable<T>;
type MayBeAbsent<T, K extends keyof T> = object extends Pick<T, K> ? true : false;

/** Paths of what is promised and not given. Texts count as texts, whatever the SDK lists as their values; what is passed back as it came (`unknown`) is not looked into. */
type Gaps<P, Given, Path extends string> = unknown extends Given
  ? never
  : [P] extends [string | number | boolean]
    ? [Given] extends [Plain<P>]
      ? never
      : `${Path}: type`
    : P extends readonly (infer Item)[]
      ? Given extends readonly (infer GivenItem)[]
        ? Gaps<Item, GivenItem, `${Path}[]`>
        : `${Path}: no list`
      : {
          [K in keyof P & string]-?: K extends keyof Given
            ?
                | Gaps<NonNullable<P[K]>, Present<Given[K]>, `${Path}.${K}`>
                | ([MayBeAbsent<P, K>, MayBeAbsent<Given, K>] extends [false, true] ? `${Path}.${K}?` : never)
            : MayBeAbsent<P, K> extends true
              ? never
              : `${Path}.${K}`;
        }[keyof P & string];

/** Of answers that come in kinds, those of the kinds we answer with; nobody is sent elsewhere to sign in. */
type Offered<P, Given> = P extends { ssoClientId: string }
  ? never
  : P extends { kind: infer Kind }
    ? Given extends { kind: infer Own }
      ? Own extends Kind
        ? P
        : never
      : P
    : P;

/** Each kind of our answers by itself. */
type ByKind<P, Given, Path extends string> = unknown extends Given ? never : Given extends unknown ? Gaps<Offered<P, Given>, Given, Path> : never;

type AllGaps = {
  [Name in keyof Served]: [Promised<Name>] extends [never] ? `${Name}: no such call` : ByKind<Promised<Name>, wire.ReplyRead<Served[Name]>, Name>;
}[keyof Served];

test('every member that the stock SDK promises is in our answers', () => {
  const complete: [AllGaps] extends [never] ? true : AllGaps = true;
  expect(complete).toBe(true);
});

test('the comparison finds what is missing, optional or of another type', () => {
  type Found = Gaps<{ a: string; b: { c: number }[]; d?: string; e: boolean }, { a?: string; b: { c: string }[]; f: string }, 'x'>;
  const found: Record<Found, true> = { 'x.a?': true, 'x.b[].c: type': true, 'x.e': true };
  const exact: Found extends 'x.a?' | 'x.b[].c: type' | 'x.e' ? true : false = true;
  expect([Object.keys(found).length, exact]).toEqual([3, true]);
});

test('the comparison leaves out no call that the stock client has', () => {
  const stock = new DfnsApiClient({ baseUrl: 'http://localhost', authToken: '' }) as unknown as Record<string, Record<string, unknown> | undefined>;
  const isStock = (name: string): boolean => {
    const [room = '', method = ''] = name.split('.');
    return typeof stock[room]?.[method] === 'function';
  };
  expect(Object.entries(served).filter(([name, endpoint]) => endpoint.name !== name)).toEqual([]);
  expect(
    wire.endpoints
      .map(({ name }) => name)
      .filter(isStock)
      .sort(),
  ).toEqual(Object.keys(served).sort());
});
