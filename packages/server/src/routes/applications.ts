/** Applications: there are none. @module */
import { getApplication, listApplications, Refusal } from '@quorate/wire';
import { route } from '../route.ts';

export const applicationRoutes = [
  route(listApplications, () => ({ items: [] })),
  route(getApplication, () => {
    throw new Refusal('application/unknown');
  }),
];
