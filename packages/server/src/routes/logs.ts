/** The log of user actions. @module */
import { getAuditLog, listAuditLogs } from '@quorate/wire';
import { listActions, showAction } from '../action-log.ts';
import { route } from '../route.ts';

export const logRoutes = [
  route(listAuditLogs, ({ state, query }, { db, now }) => listActions(db, state, now(), query)),
  route(getAuditLog, ({ state, params }, { db }) => showAction(db, state, params.id)),
];
