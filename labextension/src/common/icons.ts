import { LabIcon } from '@jupyterlab/ui-components';

import type { Kind } from '../api/types';

/** Drawn for Lab's grid of 16; the class lets the theme colour them. */
function drawn(name: string, paths: string): LabIcon {
  return new LabIcon({
    name: `aml-nb:${name}`,
    svgstr:
      '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">' +
      `<g class="jp-icon3" fill="none" stroke="#616161" stroke-width="1.25" stroke-linecap="round" stroke-linejoin="round">${paths}</g></svg>`
  });
}

export const amlIcon = drawn('panel', '<path d="M8 2l5.5 3v6L8 14l-5.5-3V5z"/><path d="M2.5 5L8 8l5.5-3M8 8v6"/>');

export const helpIcon = drawn(
  'help',
  '<circle cx="8" cy="8" r="6"/><path d="M6.3 6.3a1.75 1.75 0 1 1 2.5 1.6c-.6.3-.8.6-.8 1.2"/><path d="M8 11.2v.1"/>'
);

const ICONS: Record<Kind, LabIcon> = {
  models: drawn('models', '<path d="M8 2l5.5 3v6L8 14l-5.5-3V5z"/><path d="M2.5 5L8 8l5.5-3M8 8v6"/>'),
  services: drawn('services', '<circle cx="8" cy="8" r="6"/><path d="M2 8h12M8 2c4 4 4 8 0 12M8 2C4 6 4 10 8 14"/>'),
  compute: drawn('compute', '<rect x="2" y="3" width="12" height="4" rx="1"/><rect x="2" y="9" width="12" height="4" rx="1"/>'),
  runs: drawn('runs', '<circle cx="8" cy="8" r="6"/><path d="M6.5 5.5v5l4-2.5z"/>'),
  pipelines: drawn('pipelines', '<circle cx="3.5" cy="8" r="1.5"/><circle cx="12.5" cy="4" r="1.5"/><circle cx="12.5" cy="12" r="1.5"/>'),
  schedules: drawn('schedules', '<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 1.5"/>'),
  data: drawn('data', '<ellipse cx="8" cy="4" rx="5.5" ry="2"/><path d="M2.5 4v8c0 1.1 2.5 2 5.5 2s5.5-.9 5.5-2V4"/>'),
  environments: drawn('environments', '<path d="M8 2l6 3-6 3-6-3z"/><path d="M2 8l6 3 6-3M2 11l6 3 6-3"/>')
};

export function kindIcon(kind: Kind): LabIcon {
  return ICONS[kind];
}
