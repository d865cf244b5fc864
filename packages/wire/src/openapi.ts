/**
 * The OpenAPI 3.1 document, made from the table of endpoints and nothing else, so that it cannot say anything that
 * validation, routes and clients do not do.
 *
 * @module
 */
import * as z from 'zod';
import type { Endpoint } from './endpoint.ts';
import { ErrorAnswer } from './error-answer.ts';
import { type RefusalCode, reasons } from './refusal.ts';
import { endpoints } from './table.ts';

/** JSON Schema of draft 2020-12, which is what OpenAPI 3.1 speaks. */
export type JsonSchema = { readonly [keyword: string]: unknown };

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}
interface Content {
  readonly 'application/json': { readonly schema: JsonSchema };
}
export interface OpenApiOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Content }>>;
}
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers?: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly securitySchemes: Readonly<Record<string, JsonSchema>>; readonly schemas: Readonly<Record<string, JsonSchema>> };
}

const about = `The API of Dfns that its clients know, served by a network of MPC signers.

Every call carries \`Authorization: Bearer <token>\`. A call marked as signed also carries \`x-dfns-useraction\`: ask \`POST /auth/action/init\` for a challenge over method, path and the exact body, sign it with a credential, hand the assertion to \`POST /auth/action\`, and send the token from there with the call. It is good for one call. \`x-dfns-sdk-version\`, \`x-dfns-appid\` and \`x-dfns-nonce\` are accepted and ignored. Bodies are JSON of at most 65536 bytes, also on DELETE; no member may stand twice.

Refusals are JSON too: \`error.code\` is stable, \`error.message\` is for people.`;

/** Every way a call can be refused: its own, and those its kind of access brings along. */
export function refusalsOf(endpoint: Endpoint): readonly RefusalCode[] {
  const codes: RefusalCode[] = [];
  if (takesBody(endpoint)) codes.push('request/malformed-json', 'request/too-large');
  codes.push('request/invalid', 'request/too-many');
  if (endpoint.access !== 'public') codes.push('auth/not-authorized');
  if (endpoint.access !== 'public' && endpoint.access !== 'temporary') codes.push('auth/inactive');
  if (Array.isArray(endpoint.access)) codes.push('auth/forbidden');
  if (endpoint.userAction) codes.push('action/missing', 'action/used', 'action/expired', 'action/mismatch');
  if (endpoint.effect !== null) codes.push('authority/behind', 'authority/head-unknown', 'evidence/spent', 'signers/busy');
  return [...new Set([...codes, ...endpoint.refusals, 'request/internal' as const])];
}

/** `version` is the server's; `serverUrl` its origin, left out for a document that names no place. */
export function openApi({ version, serverUrl }: { readonly version: string; readonly serverUrl?: string }): OpenApiDocument {
  const schemas: Record<string, JsonSchema> = {};
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  componentOf(ErrorAnswer, 'output', schemas);
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(endpoint, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Quorate', version, description: about },
    ...(serverUrl === undefined ? {} : { servers: [{ url: serverUrl }] }),
    tags: [...new Set(endpoints.map(tagOf))].map((name) => ({ name })),
    paths,
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } }, schemas },
  };
}

const tagOf = (endpoint: Endpoint): string => endpoint.name.split('.', 1)[0] ?? endpoint.name;
const takesBody = (endpoint: Endpoint): boolean => !(endpoint.body instanceof z.ZodUndefined);
const json = (schema: JsonSchema): Content => ({ 'application/json': { schema } });

function operation(endpoint: Endpoint, schemas: Record<string, JsonSchema>): OpenApiOperation {
  const notes = [
    Array.isArray(endpoint.access) ? `Needs ${endpoint.access.join(' and ')}.` : '',
    endpoint.userAction ? 'Signed: the user signs exactly this request, and every signer checks that.' : '',
  ].filter((note) => note !== '');
  return {
    operationId: endpoint.name,
    tags: [tagOf(endpoint)],
    summary: endpoint.about,
    ...(notes.length === 0 ? {} : { description: notes.join(' ') }),
    security: endpoint.access === 'public' ? [] : [{ bearer: [] }],
    parameters: [
      ...parameters(endpoint.params, 'path', schemas),
      ...parameters(endpoint.query, 'query', schemas),
      ...(endpoint.userAction
        ? [
            {
              name: 'x-dfns-useraction',
              in: 'header' as const,
              required: true,
              description: 'Token of a completed user action over this request; used once.',
              schema: { type: 'string' },
            },
          ]
        : []),
    ],
    ...(takesBody(endpoint)
      ? { requestBody: { required: !endpoint.body.safeParse(undefined).success, content: json(componentOf(endpoint.body, 'input', schemas)) } }
      : {}),
    responses: { 200: { description: 'Done.', content: json(componentOf(endpoint.reply, 'output', schemas)) }, ...refusals(endpoint) },
  };
}

function parameters(shape: z.ZodObject, where: 'path' | 'query', schemas: Record<string, JsonSchema>): Parameter[] {
  return Object.entries(shape.shape).map(([name, schema]) => ({
    name,
    in: where,
    required: where === 'path' || !(schema as z.ZodType).safeParse(undefined).success,
    schema: componentOf(schema as z.ZodType, 'input', schemas),
  }));
}

/** One answer per status, with the codes that can stand in it. */
function refusals(endpoint: Endpoint): OpenApiOperation['responses'] {
  const byStatus = new Map<number, RefusalCode[]>();
  for (const code of refusalsOf(endpoint)) byStatus.set(reasons[code].status, [...(byStatus.get(reasons[code].status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${reasons[code].text}`).join('\n\n'),
        content: json({ $ref: '#/components/schemas/Error', properties: { error: { properties: { code: { enum: codes } } } } }),
      },
    ]),
  );
}

/** The schema as JSON Schema; what has an id goes to `schemas` and is referred to. */
function componentOf(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, JsonSchema>): JsonSchema {
  const { $schema, $defs, ...rest } = refer(z.toJSONSchema(schema, { io })) as { $schema?: unknown; $defs?: Record<string, JsonSchema> } & JsonSchema;
  for (const [name, definition] of Object.entries($defs ?? {})) {
    const known = schemas[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) throw new TypeError(`two schemas are called ${name}`);
    schemas[name] = definition;
  }
  return rest;
}

/** zod keeps definitions beside the schema; an OpenAPI document keeps them in one place. */
function refer(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(refer);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === '$ref' && typeof member === 'string' ? member.replace('#/$defs/', '#/components/schemas/') : refer(member),
    ]),
  );
}
