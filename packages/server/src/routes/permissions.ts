/** Permissions and who holds them. @module */
import type { AuthorityState } from '@quorate/authority';
import {
  archivePermission,
  createAssignment,
  createPermission,
  deleteAssignment,
  deriveId,
  getPermission,
  listAssignments,
  listPermissions,
  type PermissionId,
  Refusal,
  updatePermission,
} from '@quorate/wire';
import { indexOf } from '../authority-index.ts';
import { DEFAULT_LIMIT_PERMISSIONS, pageOf, placeAfter } from '../pages.ts';
import { route, signedRoute } from '../route.ts';
import { assignmentView, permissionView } from '../views.ts';

const permissionOf = (state: AuthorityState, id: PermissionId) => {
  const permission = state.permissions.get(id);
  if (permission === undefined) throw new Refusal('permission/unknown');
  return permission;
};

/** Makes the act and shows the permission as it has become. */
const changing = (endpoint: typeof updatePermission | typeof archivePermission) =>
  signedRoute(endpoint, async ({ evidence, params }, { authority }) => {
    const { state, certified } = await authority.act(evidence);
    return { ...permissionView(permissionOf(state, params.permissionId)), certified };
  });

export const permissionRoutes = [
  signedRoute(createPermission, async ({ evidence }, { authority }) => {
    const { state, challenge, certified } = await authority.act(evidence);
    return { ...permissionView(permissionOf(state, deriveId('pm', 0, challenge))), certified };
  }),
  route(listPermissions, ({ state, query }) => {
    const limit = query.limit ?? DEFAULT_LIMIT_PERMISSIONS;
    const after = placeAfter('permissions', query);
    // None is ever removed, so a place in the list stays what it was.
    const rows = indexOf(state)
      .permissions.slice(after, after + limit + 1)
      .map((permission, i) => ({ permission, place: after + i + 1 }));
    return pageOf(
      'permissions',
      rows,
      limit,
      ({ place }) => place,
      ({ permission }) => permissionView(permission),
    );
  }),
  route(getPermission, ({ state, params }) => permissionView(permissionOf(state, params.permissionId))),
  signedRoute(createAssignment, async ({ evidence }, { authority }) => {
    const { state, challenge, certified } = await authority.act(evidence);
    const assignment = state.assignments.get(deriveId('as', 0, challenge));
    if (assignment === undefined) throw new TypeError('the act made no assignment');
    return { ...assignmentView(assignment), certified };
  }),
  route(listAssignments, ({ state, params }) => {
    const { id } = permissionOf(state, params.permissionId);
    return {
      items: indexOf(state)
        .assignments.filter(({ permissionId }) => permissionId === id)
        .map(assignmentView),
    };
  }),
  changing(updatePermission),
  changing(archivePermission),
  signedRoute(deleteAssignment, async ({ evidence, params: { assignmentId, permissionId } }, { authority }) => {
    const { certified } = await authority.act(evidence);
    return { id: assignmentId, permissionId, certified };
  }),
];
