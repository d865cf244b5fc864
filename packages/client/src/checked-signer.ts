/**
 * A credential signer that signs one request and nothing else.
 *
 * @module
 */
import type { CredentialSigner, FirstFactorAssertion, UserActionChallenge } from '@dfns/sdk';
import { Evidence, Refusal } from '@quorate/wire';
import type { ChallengeCheck, ExpectedRequest } from './check-challenge.ts';

/** Called with what was signed, before it is sent: what a receipt needs, and what `verifyWallet` and `verifyCertified` compare with. */
export type OnAction = (evidence: Evidence) => void;

export function checkedSigner(signer: CredentialSigner, expected: ExpectedRequest, check: ChallengeCheck, onAction?: OnAction): CredentialSigner {
  return {
    async sign(init: UserActionChallenge): Promise<FirstFactorAssertion> {
      const statement = check(init, expected);
      const assertion = await signer.sign(init);
      if (onAction !== undefined && assertion.kind !== 'Password') {
        const { userHandle: _, algorithm: __, ...own } = assertion.credentialAssertion as { userHandle?: string; algorithm?: string } & Record<string, string>;
        onAction(Evidence.parse({ statement, payload: expected.payload, kind: assertion.kind, ...own }));
      }
      return assertion;
    },
  };
}

/** Signs nothing, whatever the server says. */
export const refusingSigner: CredentialSigner = {
  sign: () => Promise.reject(new Refusal('guard/unknown-call')),
};
