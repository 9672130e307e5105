import type { IRow, Kind } from '../api/types';
import { matches, wordsOf } from './search';

/** The sections of the panel; one may hold several kinds. */
export const SECTIONS = {
  models: ['models'],
  services: ['services'],
  compute: ['compute'],
  runs: ['runs'],
  pipelines: ['pipelines', 'schedules'],
  data: ['data'],
  environments: ['environments']
} as const satisfies Record<string, readonly Kind[]>;

export type Section = keyof typeof SECTIONS;

export const ALL_SECTIONS = Object.keys(SECTIONS) as Section[];

export function sectionOf(kind: Kind): Section {
  return kind === 'schedules' ? 'pipelines' : kind;
}

export interface IHead {
  type: 'head';
  section: Section;
  open: boolean;
  loaded: boolean;
  /** How many there are, and how many of them are listed below. */
  total: number;
  shown: number;
  /** How many are in a bad state. */
  bad: number;
}

export interface ILeaf {
  type: 'row';
  section: Section;
  row: IRow;
  position: number;
  of: number;
}

/** Stands below a head that has nothing, or whose list could not be read. */
export interface INote {
  type: 'note';
  section: Section;
  trouble: string | null;
}

export type Item = IHead | ILeaf | INote;

/** What an outline is made of. */
export interface IListed {
  rows: readonly IRow[];
  total: number;
  loaded: boolean;
  trouble: string | null;
}

/** The whole tree as the lines that are seen: heads, and below the open ones their rows. */
export function outline(
  sections: readonly Section[],
  listed: (kind: Kind) => IListed,
  closed: ReadonlySet<Section>,
  query: string
): Item[] {
  const words = wordsOf(query);
  const items: Item[] = [];
  for (const section of sections) {
    const lists = SECTIONS[section].map(listed);
    const all = lists.flatMap(list => list.rows as IRow[]);
    const rows = words.length ? all.filter(row => matches(row, words)) : all;
    const loaded = lists.every(list => list.loaded);
    const open = words.length ? rows.length > 0 : !closed.has(section);
    items.push({
      type: 'head',
      section,
      open,
      loaded,
      total: lists.reduce((sum, list) => sum + list.total, 0),
      shown: rows.length,
      bad: rows.reduce((count, row) => count + (row.tone === 'bad' ? 1 : 0), 0)
    });
    const trouble = lists.find(list => list.trouble)?.trouble ?? null;
    if (open) {
      if (trouble || (!rows.length && loaded)) {
        items.push({ type: 'note', section, trouble });
      }
      rows.forEach((row, index) => items.push({ type: 'row', section, row, position: index + 1, of: rows.length }));
    }
  }
  return items;
}

/** What stays the same for a line while lists change. */
export function keyOf(item: Item): string {
  return item.type === 'row' ? `${item.row.kind}/${item.row.id}` : `${item.type}:${item.section}`;
}

/** What a line shows: a run without a name of its own goes by its experiment and number, which say more than its id. */
export function lineOf(row: IRow): { name: string; about: string } {
  const [first, ...rest] = row.about.split(' · ');
  const unnamed = row.name === row.id && (row.kind === 'runs' || row.type === 'run');
  return unnamed && first ? { name: first, about: rest.join(' · ') } : row;
}

/** What a key does in the tree. */
export type Move =
  | { to: number }
  | { toggle: Section; open: boolean }
  | { activate: Item }
  | null;

/** The WAI-ARIA tree's keys. */
export function moved(items: readonly Item[], at: number, key: string, page: number): Move {
  const item = items[at];
  if (!item) {
    return items.length && ['ArrowDown', 'ArrowUp', 'Home'].includes(key) ? { to: 0 } : null;
  }
  switch (key) {
    case 'ArrowDown':
      return { to: next(items, at, 1) };
    case 'ArrowUp':
      return { to: next(items, at, -1) };
    case 'PageDown':
      return { to: next(items, Math.min(items.length - 1, at + page) - 1, 1) };
    case 'PageUp':
      return { to: next(items, Math.max(0, at - page) + 1, -1) };
    case 'Home':
      return { to: 0 };
    case 'End':
      return { to: next(items, items.length, -1) };
    case 'ArrowRight':
      if (item.type !== 'head') {
        return null;
      }
      return item.open ? { to: next(items, at, 1) } : { toggle: item.section, open: true };
    case 'ArrowLeft':
      if (item.type === 'head') {
        return item.open ? { toggle: item.section, open: false } : null;
      }
      return { to: items.findIndex(each => each.type === 'head' && each.section === item.section) };
    case 'Enter':
    case ' ':
      return { activate: item };
    default:
      return null;
  }
}

/** The line in a direction that can have the focus: notes cannot. */
function next(items: readonly Item[], at: number, step: 1 | -1): number {
  for (let place = at + step; place >= 0 && place < items.length; place += step) {
    if (items[place].type !== 'note') {
      return place;
    }
  }
  return Math.max(0, Math.min(at, items.length - 1));
}

/** The line whose name begins with what was typed, looked for from the line after `at` and around. */
export function typed(items: readonly Item[], at: number, text: string, title: (section: Section) => string): number {
  const wanted = text.toLowerCase();
  const start = text.length > 1 ? at : at + 1;
  for (let step = 0; step < items.length; step++) {
    const place = (start + step + items.length) % items.length;
    const item = items[place];
    const name = item.type === 'row' ? lineOf(item.row).name : item.type === 'head' ? title(item.section) : '';
    if (name.toLowerCase().startsWith(wanted)) {
      return place;
    }
  }
  return -1;
}
