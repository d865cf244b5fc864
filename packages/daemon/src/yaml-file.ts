/**
 * YAML as operators write it: one document, no member twice, no anchors.
 *
 * @module
 */
import { parseDocument } from 'yaml';
import { CannotRun } from './exit.ts';
import { readText } from './files.ts';

/** @throws {CannotRun} that names the line, never what stands in it */
export function readYamlFile(path: string): unknown {
  let text: string;
  try {
    text = readText(path, 'The configuration');
  } catch (error) {
    throw error instanceof CannotRun ? new CannotRun('configuration', error.message) : error;
  }
  const document = parseDocument(text, { uniqueKeys: true, logLevel: 'silent' });
  const [wrong] = document.errors;
  if (wrong !== undefined) throw new CannotRun('configuration', `${path} is not YAML as it is read here: see line ${wrong.linePos?.[0].line ?? 1}.`);
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw new CannotRun('configuration', `${path} has anchors and aliases, which are not read here.`);
  }
}
