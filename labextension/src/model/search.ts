import type { IRow } from '../api/types';

const texts = new WeakMap<IRow, string>();

/** Everything of a row that can be searched for, made once a row. */
function textOf(row: IRow): string {
  let text = texts.get(row);
  if (text === undefined) {
    const tags = Object.entries(row.tags ?? {}).map(([key, value]) => `${key}:${value}`);
    const state = row.state ? `${row.state} state:${row.state}` : '';
    text = [row.name, row.id, row.about, state, ...tags].join('\n').toLowerCase();
    texts.set(row, text);
  }
  return text;
}

/** The words of a query; all of them have to be found. Words in quotation marks stay together. */
export function wordsOf(query: string): string[] {
  return [...query.toLowerCase().matchAll(/"([^"]+)"|(\S+)/g)].map(match => match[1] ?? match[2]);
}

export function matches(row: IRow, words: readonly string[]): boolean {
  const text = textOf(row);
  return words.every(word => text.includes(word));
}

/** A text in parts, those that were searched for marked. */
export function marked(text: string, words: readonly string[]): { text: string; hit: boolean }[] {
  const lower = text.toLowerCase();
  const hits = new Array<boolean>(text.length).fill(false);
  if (lower.length === text.length) {
    for (const word of words) {
      for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + word.length)) {
        hits.fill(true, at, at + word.length);
      }
    }
  }
  const parts: { text: string; hit: boolean }[] = [];
  for (let at = 0; at < text.length; ) {
    let end = at + 1;
    while (end < text.length && hits[end] === hits[at]) {
      end += 1;
    }
    parts.push({ text: text.slice(at, end), hit: hits[at] });
    at = end;
  }
  return parts;
}
