import { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Kind } from '../api/types';

const STYLE = { fill: 'none', strokeWidth: 1.2, strokeLinecap: 'round', strokeLinejoin: 'round' } as const;

/** A circle as a part of a path. */
function circle(x: number, y: number, r: number): string {
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
}

/** Lines on a grid of 16; the class lets the theme colour what has a stroke. */
function drawn(name: string, path: string): LabIcon {
  return new LabIcon({
    name: `aml-nb:${name}`,
    svgstr:
      '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">' +
      '<path class="jp-icon3" stroke="#616161" style="fill:none;stroke-width:1.2;stroke-linecap:round;stroke-linejoin:round" ' +
      `d="${path}"/></svg>`
  });
}

const BOX = 'M8 2l5.5 3v6L8 14l-5.5-3V5zM2.5 5L8 8l5.5-3M8 8v6';
const PLATE = 'h9a1 1 0 0 1 1 1v2a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-2a1 1 0 0 1 1-1z';

const PATHS: Record<Kind, string> = {
  models: BOX,
  services: `${circle(8, 8, 5.5)}M2.5 8h11M8 2.5c3.2 3.3 3.2 7.7 0 11M8 2.5c-3.2 3.3-3.2 7.7 0 11`,
  compute: `M3.5 3${PLATE}M3.5 9${PLATE}M5 5h.01M5 11h.01`,
  runs: `${circle(8, 8, 5.5)}M6.75 5.75v4.5L10.25 8z`,
  pipelines: `${circle(4, 8, 1.6)}${circle(12, 4.4, 1.6)}${circle(12, 11.6, 1.6)}M5.5 7.3l5-2.2M5.5 8.7l5 2.2`,
  schedules: `${circle(8, 8, 5.5)}M8 4.8V8l2.3 1.4`,
  data: 'M3 4a5 1.9 0 0 0 10 0a5 1.9 0 0 0 -10 0v8c0 1 2.2 1.9 5 1.9s5-.9 5-1.9V4M3 8c0 1 2.2 1.9 5 1.9S13 9 13 8',
  environments: 'M8 2.2l5.5 2.8L8 7.8 2.5 5zM2.5 8L8 10.8 13.5 8M2.5 11L8 13.8l5.5-2.8'
};

export const amlIcon = drawn(
  'panel',
  `${circle(8, 3.6, 1.7)}${circle(3.6, 12, 1.7)}${circle(12.4, 12, 1.7)}M7.2 5.1L4.4 10.5M8.8 5.1l2.8 5.4M5.3 12h5.4`
);

export const helpIcon = drawn(
  'help',
  `${circle(8, 8, 5.5)}M6.3 6.3a1.75 1.75 0 1 1 2.5 1.6c-.6.3-.8.6-.8 1.2M8 11.2v.1`
);

const ICONS = Object.fromEntries(Object.entries(PATHS).map(([kind, path]) => [kind, drawn(kind, path)])) as Record<
  Kind,
  LabIcon
>;

export function kindIcon(kind: Kind): LabIcon {
  return ICONS[kind];
}

/** The same for the lines of long lists, where an icon of Lab's would be read from text for each line. */
export const KindGlyph = React.memo(function KindGlyph({ kind }: { kind: Kind }): JSX.Element {
  return (
    <svg className="aml-Glyph" width={16} height={16} viewBox="0 0 16 16" aria-hidden="true">
      <path className="jp-icon3" stroke="currentColor" style={STYLE} d={PATHS[kind]} />
    </svg>
  );
});
