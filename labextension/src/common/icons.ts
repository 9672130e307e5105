import { LabIcon } from '@jupyterlab/ui-components';

import type { Kind } from '../api/types';

/** Lines on a grid of 16; the class lets the theme colour what has a stroke. */
function drawn(name: string, paths: string): LabIcon {
  return new LabIcon({
    name: `aml-nb:${name}`,
    svgstr:
      '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">' +
      `<g class="jp-icon3" stroke="#616161" style="fill:none;stroke-width:1.2;stroke-linecap:round;stroke-linejoin:round">${paths}</g></svg>`
  });
}

export const amlIcon = drawn(
  'panel',
  '<circle cx="8" cy="3.6" r="1.7"/><circle cx="3.6" cy="12" r="1.7"/><circle cx="12.4" cy="12" r="1.7"/><path d="M7.2 5.1L4.4 10.5M8.8 5.1l2.8 5.4M5.3 12h5.4"/>'
);

export const helpIcon = drawn(
  'help',
  '<circle cx="8" cy="8" r="5.5"/><path d="M6.3 6.3a1.75 1.75 0 1 1 2.5 1.6c-.6.3-.8.6-.8 1.2"/><path d="M8 11.2v.1"/>'
);

const ICONS: Record<Kind, LabIcon> = {
  models: drawn('models', '<path d="M8 2l5.5 3v6L8 14l-5.5-3V5z"/><path d="M2.5 5L8 8l5.5-3M8 8v6"/>'),
  services: drawn('services', '<circle cx="8" cy="8" r="5.5"/><path d="M2.5 8h11M8 2.5c3.2 3.3 3.2 7.7 0 11M8 2.5c-3.2 3.3-3.2 7.7 0 11"/>'),
  compute: drawn('compute', '<rect x="2.5" y="3" width="11" height="4" rx="1"/><rect x="2.5" y="9" width="11" height="4" rx="1"/><path d="M5 5h.01M5 11h.01"/>'),
  runs: drawn('runs', '<circle cx="8" cy="8" r="5.5"/><path d="M6.75 5.75v4.5L10.25 8z"/>'),
  pipelines: drawn('pipelines', '<circle cx="4" cy="8" r="1.6"/><circle cx="12" cy="4.4" r="1.6"/><circle cx="12" cy="11.6" r="1.6"/><path d="M5.5 7.3l5-2.2M5.5 8.7l5 2.2"/>'),
  schedules: drawn('schedules', '<circle cx="8" cy="8" r="5.5"/><path d="M8 4.8V8l2.3 1.4"/>'),
  data: drawn('data', '<ellipse cx="8" cy="4" rx="5" ry="1.9"/><path d="M3 4v8c0 1 2.2 1.9 5 1.9s5-.9 5-1.9V4M3 8c0 1 2.2 1.9 5 1.9S13 9 13 8"/>'),
  environments: drawn('environments', '<path d="M8 2.2l5.5 2.8L8 7.8 2.5 5z"/><path d="M2.5 8L8 10.8 13.5 8M2.5 11L8 13.8l5.5-2.8"/>')
};

export function kindIcon(kind: Kind): LabIcon {
  return ICONS[kind];
}
