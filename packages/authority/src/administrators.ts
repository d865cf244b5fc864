/**
 * Administrators: who holds the built-in permission, and so every operation. An organisation always has one that can act.
 *
 * @module
 */
import { Refusal, type UserId, UserId as UserIdSchema } from '@quorate/wire';
import { type AuthorityState, FULL_ACCESS } from './state.ts';

/** Users who hold the built-in permission, are active, and have a credential that signers obey. */
export function administratorsOf(state: AuthorityState): readonly UserId[] {
  const permissionId = state.permissionNames.get(FULL_ACCESS);
  const assignments = permissionId === undefined ? [] : (state.assignmentsByPermission.get(permissionId) ?? []);
  return [...assignments].flatMap((id) => {
    const holder = UserIdSchema.safeParse(state.assignments.get(id)?.identityId);
    return holder.success && canAct(state, holder.data) ? [holder.data] : [];
  });
}

function canAct(state: AuthorityState, id: UserId): boolean {
  if (state.users.get(id)?.isActive !== true) return false;
  return (state.credentialsByUser.get(id)?.toArray() ?? []).some((credId) => {
    const credential = state.credentials.get(credId);
    return credential?.isActive === true && credential.vouchedFor;
  });
}

/** Every rule that takes something away ends here. @throws {Refusal} `authority/last-administrator` */
export function keepAdministrator(next: AuthorityState): AuthorityState {
  if (administratorsOf(next).length === 0) throw new Refusal('authority/last-administrator');
  return next;
}
