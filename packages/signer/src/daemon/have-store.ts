/** A signer's store, as something that must be there. @module */
import { CannotRun } from '@quorate/daemon';
import { exists, filesIn } from '../files.ts';

/** @throws {CannotRun} */
export function haveStore(dir: string): void {
  if (!exists(filesIn(dir).store))
    throw new CannotRun('refused', `There is no store in ${dir}: the signer there has not started yet, or dataDir is another one.`);
}
