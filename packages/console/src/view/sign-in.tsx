/**
 * Signing in with a passkey.
 *
 * @module
 */
import { type ReactNode, type SubmitEvent, useState } from 'react';
import type { Settings } from '../config.ts';
import { type Session, signIn } from '../session.ts';
import { codeOf, sentenceOf } from '../words.ts';
import { Code } from './failure.tsx';
import { Heading } from './heading.tsx';
import { Notice } from './notice.tsx';

type State = { readonly is: 'idle' } | { readonly is: 'asking' } | { readonly is: 'failed'; readonly error: unknown };

export function SignIn({ settings, onSignedIn }: { readonly settings: Settings; readonly onSignedIn: (session: Session) => void }): ReactNode {
  const [username, setUsername] = useState('');
  const [state, setState] = useState<State>({ is: 'idle' });

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setState({ is: 'asking' });
    try {
      onSignedIn(await signIn(settings, username.trim()));
    } catch (error) {
      setState({ is: 'failed', error });
    }
  };

  return (
    <section className="narrow">
      <Heading title="Sign in" />
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor="username">User name</label>
        <input
          id="username"
          name="username"
          type="text"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          maxLength={256}
          value={username}
          onChange={({ target }) => setUsername(target.value)}
        />
        <button type="submit" disabled={state.is === 'asking' || username.trim() === ''}>
          Sign in with a passkey
        </button>
      </form>
      <div aria-live="polite" className="quiet">
        {state.is === 'asking' && 'Waiting for your passkey…'}
      </div>
      {state.is === 'failed' && (
        <Notice kind="bad">
          {sentenceOf(state.error)} <Code of={codeOf(state.error)} />
        </Notice>
      )}
      <p className="quiet">
        Your session stays in this page and ends with it. Reloading signs you out. Passkeys here belong to <code>{settings.relyingPartyId}</code>.
      </p>
    </section>
  );
}
