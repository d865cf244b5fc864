/** User actions. @module */
import { completeUserAction, initUserAction } from '@quorate/wire';
import { route } from '../route.ts';

export const actionRoutes = [
  route(initUserAction, ({ state, caller, body }, { actions }) => actions.begin(state, caller, body)),
  route(completeUserAction, ({ state, caller, body }, { actions }) => actions.complete(state, caller, body)),
];
