/**
 * The operations that permissions name (contract §7.2), and their older spellings, which mean the same.
 *
 * @module
 */
const current = [
  'Auth:Logs:Read',
  'Auth:Users:Create',
  'Auth:Users:Read',
  'Auth:Users:Update',
  'Auth:Users:Activate',
  'Auth:Users:Deactivate',
  'Auth:Users:Delete',
  'Auth:ServiceAccounts:Create',
  'Auth:ServiceAccounts:Read',
  'Auth:ServiceAccounts:Update',
  'Auth:ServiceAccounts:Activate',
  'Auth:ServiceAccounts:Deactivate',
  'Auth:ServiceAccounts:Delete',
  'Auth:Pats:Create',
  'Auth:Register:Delegated',
  'Auth:Login:Delegated',
  'Auth:Recover:Delegated',
  'Auth:Creds:Read',
  'Auth:Creds:Create',
  'Auth:Creds:Update',
  'Auth:Creds:Code:Create',
  'Keys:Create',
  'Keys:Delete',
  'Keys:Read',
  'Keys:Update',
  'Keys:Reuse',
  'Keys:Delegate',
  'Keys:Import',
  'Keys:Export',
  'Keys:Derive',
  'Keys:ChildKeys:Create',
  'Keys:Signatures:Create',
  'Keys:Signatures:Read',
  'KeyStores:Read',
  'Orgs:Read',
  'Orgs:Update',
  'Permissions:Archive',
  'Permissions:Create',
  'Permissions:Read',
  'Permissions:Update',
  'Permissions:Assign',
  'Permissions:Revoke',
  'Permissions:Assignments:Read',
  'Policies:Archive',
  'Policies:Create',
  'Policies:Read',
  'Policies:Update',
  'Policies:Approvals:Read',
  'Policies:Approvals:Approve',
  'Signers:ListSigners',
  'Wallets:Create',
  'Wallets:Read',
  'Wallets:Update',
  'Wallets:Tags:Add',
  'Wallets:Tags:Delete',
  'Wallets:BroadcastTransaction',
  'Wallets:TransferAsset',
  'Webhooks:Create',
  'Webhooks:Read',
  'Webhooks:Update',
  'Webhooks:Delete',
  'Webhooks:Ping',
  'Webhooks:Events:Read',
  'Events:Read',
] as const;
export type Operation = (typeof current)[number];

/** Older spelling → what it means today. */
const older: Readonly<Record<string, Operation>> = {
  'Wallets:Export': 'Keys:Export',
  'Wallets:Import': 'Keys:Import',
  'Wallets:Delegate': 'Keys:Delegate',
  'Wallets:GenerateSignature': 'Keys:Signatures:Create',
  'Wallets:ReadSignature': 'Keys:Signatures:Read',
  'PermissionAssignments:Create': 'Permissions:Assign',
  'PermissionAssignments:Revoke': 'Permissions:Revoke',
  'PermissionAssignments:Read': 'Permissions:Assignments:Read',
};

const known: ReadonlySet<string> = new Set(current);

/** Every operation there is: what a genesis administrator holds. */
export const allOperations: readonly Operation[] = current;

/** The operation a name stands for, in either spelling; `null` for a name that is none. */
export function normalizeOperation(name: string): Operation | null {
  if (known.has(name)) return name as Operation;
  return Object.hasOwn(older, name) ? (older[name] ?? null) : null;
}
