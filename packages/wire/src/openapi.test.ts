import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { openApi, refusalsOf } from './openapi.ts';
import { reasons } from './refusal.ts';
import { endpoints } from './table.ts';

const document = openApi({ version: '0.1.0', serverUrl: 'https://quorate.example' });
const text = JSON.stringify(document);

describe('the OpenAPI document', () => {
  test('is of version 3.1, with the server given, or none', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '0.1.0' }, servers: [{ url: 'https://quorate.example' }] });
    expect(openApi({ version: '0.1.0' })).not.toHaveProperty('servers');
  });

  test('has every endpoint once, and nothing else', () => {
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
    expect(operations.map((operation) => operation.operationId).sort()).toEqual(endpoints.map((endpoint) => endpoint.name).sort());
    expect(new Set(operations.map((operation) => operation.operationId)).size).toBe(operations.length);
  });

  test.each(endpoints.map((endpoint) => [endpoint.name, endpoint] as const))('says of %s what the table says', (_, endpoint) => {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}');
    const operation = document.paths[path]?.[endpoint.method.toLowerCase()];
    if (operation === undefined) throw new Error('no such operation');
    const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
    expect(inPath.map(({ name, required }) => `${name} ${required}`)).toEqual([...path.matchAll(/{(\w+)}/g)].map(([, name]) => `${name} true`));
    expect(operation.parameters.some(({ name, required }) => name === 'x-dfns-useraction' && required)).toBe(endpoint.userAction);
    expect(operation.security).toEqual(endpoint.access === 'public' ? [] : [{ bearer: [] }]);
    expect(operation.requestBody !== undefined).toBe(!(endpoint.body instanceof z.ZodUndefined));
    for (const code of refusalsOf(endpoint)) {
      const answer = operation.responses[String(reasons[code].status)];
      expect(JSON.stringify(answer?.content)).toContain(JSON.stringify(code));
      expect(answer?.description).toContain(reasons[code].text);
    }
  });

  test('refers only to what it has, and has only what it refers to', () => {
    const referred = new Set([...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name));
    expect([...referred].sort()).toEqual(Object.keys(document.components.schemas).sort());
    expect(text).not.toContain('$defs');
    expect(text.match(/"\$ref":"(?!#\/components\/schemas\/)/)).toBeNull();
  });

  test('lets requests have further members where the call ignores them, and refuses them where it does', () => {
    const body = (path: string, method: string) => JSON.stringify(document.paths[path]?.[method]?.requestBody);
    expect(body('/wallets', 'post')).not.toContain('additionalProperties');
    expect(body('/permissions', 'post')).toContain('"additionalProperties":false');
  });

  test('holds the envelope of every refusal', () => {
    expect(document.components.schemas['Error']).toMatchObject({ properties: { error: { required: ['id', 'status', 'message', 'code'] } } });
  });
});
