/**
 * Applications (contract §3.8): there are none.
 *
 * @module
 */
import * as z from 'zod';
import { endpoint } from '../endpoint.ts';
import { OrgId } from '../ids.ts';
import { AccessToken, PermissionAssignmentSummary } from './objects.ts';

const Application = z
  .object({
    appId: z.string(),
    kind: z.enum(['ServerSideApplication', 'ClientSideApplication']),
    orgId: OrgId,
    name: z.string(),
    isActive: z.boolean(),
    permissionAssignments: z.array(PermissionAssignmentSummary),
    accessTokens: z.array(AccessToken),
  })
  .meta({ id: 'Application' });

export const listApplications = endpoint({
  name: 'auth.listApplications',
  method: 'GET',
  path: '/auth/apps',
  about: 'Lists the applications: there are none.',
  access: 'bearer',
  reply: z.object({ items: z.array(Application) }),
});
export const getApplication = endpoint({
  name: 'auth.getApplication',
  method: 'GET',
  path: '/auth/apps/:appId',
  about: 'Reads one application: there are none.',
  access: 'bearer',
  params: z.object({ appId: z.string().min(1).max(128) }),
  reply: Application,
  refusals: ['application/unknown'],
});
