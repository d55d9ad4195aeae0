/** Shapes of JSON. Each shape says two things: how to read a value with complaints where it is wrong, and its JSON Schema. */
import type { Node } from 'jsonc-parser';
import { nearest } from '../session/user-error.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Takes a complaint about a part of the text. */
export type Complain = (at: Node, message: string, hint: string) => void;

export interface Shape<T> {
  /** One sentence for editors and for the table in the README. */
  readonly description: string;
  readonly schema: JsonSchema;
  /** The value, or undefined after a complaint. */
  read(node: Node, complain: Complain): T | undefined;
}

/** Keys that an object may have; `required` ones have to be there. */
export type Keys = Readonly<Record<string, Shape<unknown> & { readonly required?: true }>>;

type ValueOf<S> = S extends Shape<infer T> ? T : never;
type RequiredKeys<K extends Keys> = { [N in keyof K]: K[N] extends { required: true } ? N : never }[keyof K];
export type ObjectOf<K extends Keys> = { [N in RequiredKeys<K>]: ValueOf<K[N]> } & {
  [N in Exclude<keyof K, RequiredKeys<K>>]?: ValueOf<K[N]> | undefined;
};

export const required = <T>(shape: Shape<T>): Shape<T> & { readonly required: true } => ({ ...shape, required: true });

/** What a reader calls a value of JSON. */
function kindOf(node: Node): string {
  switch (node.type) {
    case 'object':
      return 'an object';
    case 'array':
      return 'a list';
    case 'string':
      return 'a text';
    case 'number':
      return 'a number';
    case 'boolean':
      return String(node.value);
    default:
      return 'null';
  }
}

interface TextOptions {
  /** Such as `2G`: the hint shows it. */
  example: string;
  pattern?: RegExp;
  /** How the message calls what fits the pattern. */
  called?: string;
}

export function text(description: string, { example, pattern, called = 'a text' }: TextOptions): Shape<string> {
  return {
    description,
    schema: { type: 'string', ...(pattern && { pattern: pattern.source }), examples: [example] },
    read(node, complain) {
      const value: unknown = node.value;
      if (node.type === 'string' && typeof value === 'string' && (pattern ? pattern.test(value) : value !== '')) return value;
      const found = node.type === 'string' ? JSON.stringify(value) : kindOf(node);
      complain(node, `${found} is not ${called}`, `write ${called} in double quotes, such as "${example}"`);
      return undefined;
    },
  };
}

/** One of a few words. */
export function choice<const T extends string>(description: string, words: readonly T[]): Shape<T> {
  return {
    description,
    schema: { enum: words },
    read(node, complain) {
      const found = words.find((word) => node.type === 'string' && node.value === word);
      const shown = node.type === 'string' ? JSON.stringify(node.value) : kindOf(node);
      const all = words.map((word) => `"${word}"`).join(' or ');
      if (found === undefined) complain(node, `${shown} is not one of ${all}`, `write ${all}`);
      return found;
    },
  };
}

export function integer(description: string, { minimum, maximum }: { minimum: number; maximum: number }): Shape<number> {
  return {
    description,
    schema: { type: 'integer', minimum, maximum },
    read(node, complain) {
      const value: unknown = node.value;
      if (node.type === 'number' && typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum)
        return value;
      const found = node.type === 'number' ? String(value) : kindOf(node);
      complain(node, `${found} is not a whole number from ${minimum} to ${maximum}`, `write a number from ${minimum} to ${maximum}`);
      return undefined;
    },
  };
}

export function flag(description: string): Shape<boolean> {
  return {
    description,
    schema: { type: 'boolean' },
    read(node, complain) {
      if (node.type === 'boolean') return node.value === true;
      complain(node, `${kindOf(node)} is neither true nor false`, 'write true or false, without quotes');
      return undefined;
    },
  };
}

/** Any JSON at all. */
export function anything(description: string, toValue: (node: Node) => unknown): Shape<unknown> {
  return { description, schema: {}, read: toValue };
}

export function list<T>(description: string, of: Shape<T>): Shape<T[]> {
  return {
    description,
    schema: { type: 'array', items: schemaOf(of) },
    read(node, complain) {
      if (node.type !== 'array') {
        complain(node, `${kindOf(node)} is not a list`, 'write a list in [ and ], with commas between its parts');
        return undefined;
      }
      return (node.children ?? []).flatMap((child) => {
        const value = of.read(child, complain);
        return value === undefined ? [] : [value];
      });
    },
  };
}

/** An object with names of the author's choice. */
export function dictionary<T>(description: string, of: Shape<T>, key: { pattern: RegExp; called: string }): Shape<Map<string, T>> {
  return {
    description,
    schema: { type: 'object', propertyNames: { pattern: key.pattern.source }, additionalProperties: schemaOf(of) },
    read(node, complain) {
      const properties = propertiesOf(node, complain);
      const values = new Map<string, T>();
      for (const { name, keyNode, valueNode } of properties ?? []) {
        if (!key.pattern.test(name)) {
          complain(keyNode, `"${name}" is not ${key.called}`, `write ${key.called} here`);
          continue;
        }
        const value = of.read(valueNode, complain);
        if (value !== undefined) values.set(name, value);
      }
      return properties && values;
    },
  };
}

export function object<K extends Keys>(description: string, keys: K): Shape<ObjectOf<K>> & { readonly keys: K } {
  const names = Object.keys(keys);
  const needed = names.filter((name) => keys[name]?.required);
  return {
    description,
    keys,
    schema: {
      type: 'object',
      additionalProperties: false,
      ...(needed.length > 0 && { required: needed }),
      properties: Object.fromEntries(names.map((name) => [name, schemaOf(keys[name] as Shape<unknown>)])),
    },
    read(node, complain) {
      const properties = propertiesOf(node, complain);
      if (!properties) return undefined;
      const values: Record<string, unknown> = {};
      for (const { name, keyNode, valueNode } of properties) {
        const shape = Object.hasOwn(keys, name) ? keys[name] : undefined;
        if (!shape) {
          const meant = nearest(name, names);
          complain(keyNode, `"${name}" is not a key here`, meant ? `did you mean "${meant}"?` : `the keys here are ${names.join(', ')}`);
        } else if (Object.hasOwn(values, name)) {
          complain(keyNode, `"${name}" is here twice`, 'keep one of them');
        } else values[name] = shape.read(valueNode, complain);
      }
      const missing = needed.filter((name) => !Object.hasOwn(values, name));
      for (const name of missing) {
        const purpose = keys[name]?.description ?? '';
        complain(node, `"${name}" is missing`, `add "${name}": ${purpose.charAt(0).toLowerCase()}${purpose.slice(1)}`);
      }
      // What is undefined here has been complained about.
      return missing.length > 0 ? undefined : (values as ObjectOf<K>);
    },
  };
}

/** `false` for none, or what the shape says. */
export function orFalse<T>(shape: Shape<T>): Shape<T | false> {
  return {
    description: shape.description,
    schema: { anyOf: [{ const: false }, shape.schema] },
    read: (node, complain) => (node.type === 'boolean' && node.value === false ? false : shape.read(node, complain)),
  };
}

export function schemaOf({ description, schema }: Shape<unknown>): JsonSchema {
  return { description, ...schema };
}

function propertiesOf(node: Node, complain: Complain): { name: string; keyNode: Node; valueNode: Node }[] | undefined {
  if (node.type !== 'object') {
    complain(node, `${kindOf(node)} is not an object`, 'write an object in { and }');
    return undefined;
  }
  return (node.children ?? []).flatMap(({ children: [keyNode, valueNode] = [] }) =>
    keyNode && valueNode ? [{ name: String(keyNode.value), keyNode, valueNode }] : [],
  );
}
