import type { IAnswer, IDiagnosis, IService } from '../../api/types';
import type { ITrouble } from '../../common/Trouble';

/** What a body is sent as. */
export const TYPES = ['application/json', 'text/plain'] as const;

/** A request that was sent from the view, and what came of it. */
export interface Sent {
  number: number;
  at: number;
  body: string;
  type: string;
  answer: IAnswer | null;
  error: ITrouble | null;
  /** Why it failed, as the service's log had it just then. */
  why: IWhy | null;
}

export interface IWhy {
  diagnosis: IDiagnosis | null;
  lines: string[];
}

/** How many requests are kept for looking at them again. */
export const KEPT = 20;

export type Schema = Record<string, unknown>;

function part(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const name of path) {
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[name] : undefined;
  }
  return found;
}

/** What the service's own description says that it takes, where its script declares that. */
export function inputSchema({ swagger }: IService): Schema | null {
  const schema = part(swagger, 'definitions', 'ServiceInput') ?? part(swagger, 'components', 'schemas', 'ServiceInput');
  if (!part(schema, 'properties') && part(schema, 'type') !== 'array') {
    return null;
  }
  return schema as Schema;
}

/** A request to begin with: the example of the service's description, else v1's usual shape. */
export function sample(service: IService): string {
  const schema = inputSchema(service);
  const example = schema?.example;
  return pretty(example === undefined || example === null ? { data: [[1, 2, 3, 4]] } : example);
}

/** JSON for reading: rows of numbers stay on one line. */
export function pretty(value: unknown): string {
  const flat = (each: unknown): boolean =>
    Array.isArray(each) && each.every(item => typeof item !== 'object' || item === null);
  const write = (each: unknown, indent: string): string => {
    const inner = `${indent}  `;
    if (flat(each) && JSON.stringify(each).length <= 100) {
      return `[${(each as unknown[]).map(item => JSON.stringify(item)).join(', ')}]`;
    }
    if (Array.isArray(each)) {
      return `[\n${each.map(item => inner + write(item, inner)).join(',\n')}\n${indent}]`;
    }
    if (typeof each === 'object' && each !== null) {
      const lines = Object.entries(each).map(([key, item]) => `${inner}${JSON.stringify(key)}: ${write(item, inner)}`);
      return lines.length ? `{\n${lines.join(',\n')}\n${indent}}` : '{}';
    }
    return JSON.stringify(each) ?? 'null';
  };
  return write(value, '');
}

/** Why a text is not JSON; null where it is. */
export function fault(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** An answer's body for reading: JSON set out, a string of JSON within JSON as it came. */
export function readable(answer: IAnswer): string {
  try {
    return pretty(JSON.parse(answer.body));
  } catch {
    return answer.body;
  }
}

/** A header of an answer, however its name is written. */
export function header(answer: IAnswer, name: string): string | null {
  const found = Object.entries(answer.headers).find(([key]) => key.toLowerCase() === name);
  return found ? found[1] : null;
}
