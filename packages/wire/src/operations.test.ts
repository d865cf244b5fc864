import { describe, expect, test } from 'vitest';
import { allOperations, normalizeOperation } from './operations.ts';
import { endpoints } from './table.ts';

describe('operations', () => {
  test('stand for themselves, once each', () => {
    expect(new Set(allOperations).size).toBe(allOperations.length);
    for (const operation of allOperations) expect(normalizeOperation(operation)).toBe(operation);
  });

  test.each([
    ['Wallets:Export', 'Keys:Export'],
    ['Wallets:GenerateSignature', 'Keys:Signatures:Create'],
    ['PermissionAssignments:Create', 'Permissions:Assign'],
  ])('%s is the older spelling of %s', (older, current) => {
    expect(normalizeOperation(older)).toBe(current);
  });

  test.each(['', 'Wallets', 'wallets:read', 'Wallets:Read ', '__proto__', 'constructor', 'toString', '*'])('%j is none', (name) => {
    expect(normalizeOperation(name)).toBeNull();
    expect(normalizeOperation('Wallets:Read')).toBe('Wallets:Read');
  });

  test('that endpoints ask for exist', () => {
    for (const endpoint of endpoints)
      if (typeof endpoint.access !== 'string') for (const operation of endpoint.access) expect(normalizeOperation(operation)).toBe(operation);
  });
});
