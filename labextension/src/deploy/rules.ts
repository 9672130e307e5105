import type { TranslationBundle } from '@jupyterlab/translation';

const NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SHORTEST = 3;
const LONGEST = 32;

/** What is wrong with the name of a new service by v1's rules; null where nothing is. */
export function nameFault(name: string, taken: ReadonlySet<string>, trans: TranslationBundle): string | null {
  if (!NAME.test(name) || name.length < SHORTEST || name.length > LONGEST) {
    const rule = trans.__(
      'A service name has 3 to 32 lower case letters, digits and dashes, begins with a letter and ends with a letter or a digit.'
    );
    const guess = nameLike(name);
    return guess ? `${rule} ${trans.__('For example: %1', guess)}` : rule;
  }
  return taken.has(name) ? trans.__('The workspace has a service of this name already.') : null;
}

/** A good name that looks like another text; an empty one where there is none. */
export function nameLike(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^[-0-9]+/, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '');
  return name.length >= SHORTEST ? name : '';
}

/** A name for a service of this model that is not taken yet. */
export function freeName(model: string, taken: ReadonlySet<string>): string {
  const base = nameLike(`${model.split(':')[0].slice(0, LONGEST - 11)}-service`);
  for (let number = 1; number < 1000; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) {
      return name;
    }
  }
  return base;
}

/** What is wrong with an amount; null where nothing is, or where it is left to the default. */
export function amountFault(text: string, trans: TranslationBundle): string | null {
  return text.trim() === '' || Number(text) > 0 ? null : trans.__('This is to be a number greater than 0.');
}
