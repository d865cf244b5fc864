/** Every route there is. @module */
import type { Route } from '../route.ts';
import { actionRoutes } from './actions.ts';
import { applicationRoutes } from './applications.ts';
import { credentialRoutes } from './credentials.ts';
import { keyRoutes } from './keys.ts';
import { loginRoutes } from './login.ts';
import { logRoutes } from './logs.ts';
import { organisationRoutes } from './organisation.ts';
import { permissionRoutes } from './permissions.ts';
import { personalAccessTokenRoutes } from './personal-access-tokens.ts';
import { registrationRoutes } from './registration.ts';
import { serviceAccountRoutes } from './service-accounts.ts';
import { signerRoutes } from './signers.ts';
import { userRoutes } from './users.ts';
import { walletActRoutes } from './wallet-acts.ts';
import { walletRoutes } from './wallets.ts';

export const routes: readonly Route[] = [
  actionRoutes,
  organisationRoutes,
  serviceAccountRoutes,
  permissionRoutes,
  walletRoutes,
  walletActRoutes,
  keyRoutes,
  signerRoutes,
  userRoutes,
  personalAccessTokenRoutes,
  credentialRoutes,
  loginRoutes,
  registrationRoutes,
  applicationRoutes,
  logRoutes,
].flat();
