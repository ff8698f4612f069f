/** The parts of an OpenAPI description that the page shows. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
  readonly description?: string;
}

interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly description?: string;
    readonly required?: boolean;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: Content;
  readonly responses?: Readonly<Record<string, Content>>;
}

export interface Description {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly says: string;
  readonly needed: boolean;
}

export interface Route {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly says: string;
  readonly parameters: readonly Field[];
  readonly takes: readonly Field[];
  readonly gives: readonly Field[];
  /** A line for a terminal that asks it. */
  readonly curl: string;
}

/** The routes by what they belong to, in the description's order. */
export function routesOf(found: Description, base: string): [string, Route[]][] {
  const groups = new Map<string, Route[]>();
  for (const [path, methods] of Object.entries(found.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const group = operation.tags?.[0] ?? 'other';
      const takes = fieldsOf(bodyOf(operation.requestBody), found);
      const route: Route = {
        id: `${method}${path}`.replace(/[^a-z0-9]+/gi, '-'),
        method: method.toUpperCase(),
        path,
        says: typeset(operation.description ?? operation.summary),
        parameters: (operation.parameters ?? []).map((one) => ({
          name: one.name,
          type: typeOf(one.schema ?? {}),
          says: typeset(one.description),
          needed: one.required ?? false,
        })),
        takes,
        gives: fieldsOf(bodyOf(operation.responses?.['200']), found),
        curl: curlOf(method, base + path, bodyOf(operation.requestBody), found),
      };
      groups.set(group, [...(groups.get(group) ?? []), route]);
    }
  }
  return [...groups];
}

/** With the apostrophes of the rest of the page. */
function typeset(said = ''): string {
  return said.replace(/(?<=\p{L})'(?=\p{L})/gu, '’');
}

function bodyOf(content: Content | undefined): Schema | undefined {
  return content?.content?.['application/json']?.schema;
}

function resolve(schema: Schema | undefined, found: Description): Schema | undefined {
  const name = schema?.$ref?.split('/').at(-1);
  return name === undefined ? schema : found.components?.schemas?.[name];
}

function fieldsOf(schema: Schema | undefined, found: Description): Field[] {
  const { properties = {}, required = [] } = resolve(schema, found) ?? {};
  return Object.entries(properties).map(([name, one]) => ({
    name,
    type: typeOf(one),
    says: typeset(one.description),
    needed: required.includes(name),
  }));
}

/** A type in few words: "list of strings", "list of (number or null)", "TextAnswer". */
export function typeOf(schema: Schema): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1)!;
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return [...new Set(either.map(typeOf))].join(' or ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.type === 'array') return `list of ${several(schema.items ?? {})}`;
  return schema.type ?? 'any';
}

/** The type of a list's items: JSON's own types in the plural, a choice in brackets. */
function several(items: Schema): string {
  const type = typeOf(items);
  if (items.type === 'array') return type.replace('list', 'lists');
  if (type.includes(' or ')) return `(${type})`;
  return /^(string|number|integer|boolean|object)$/.test(type) ? `${type}s` : type;
}

const EXAMPLES: Readonly<Record<string, unknown>> = {
  texts: ['I love cats.', 'Felines are my favourite animals.'],
  text: 'I love cats.',
  input: ['I love cats.'],
  one: 'I love cats.',
  other: 'Felines are my favourite animals.',
  model: 'minilm',
  name: 'BAAI/bge-small-en-v1.5',
};

function curlOf(
  method: string,
  address: string,
  body: Schema | undefined,
  found: Description,
): string {
  const { properties = {}, required = [] } = resolve(body, found) ?? {};
  const example = Object.keys(properties)
    .filter((name) => required.includes(name) || name in EXAMPLES)
    .map((name) => [name, EXAMPLES[name] ?? '…'] as const);
  const how = method === 'get' ? '' : ` -X ${method.toUpperCase()}`;
  if (example.length === 0) return `curl${how} ${address}`;
  const json = JSON.stringify(Object.fromEntries(example)).replaceAll("'", "'\\''");
  return `curl${method === 'post' ? '' : how} ${address} \\\n  -H 'content-type: application/json' \\\n  -d '${json}'`;
}
