import type * as React from 'react';

import type { Kind } from '../api/types';
import type { IDetailProps } from '../tokens';

type View = Promise<{ default: React.ComponentType<IDetailProps> }>;

/** The views of objects, one chunk each, that are fetched when the first is opened. */
const VIEWS: Record<Kind, () => View> = {
  models: () => import('./model'),
  services: () => import('./service'),
  compute: () => import('./compute'),
  runs: () => import('./run'),
  pipelines: () => import('./pipeline'),
  schedules: () => import('./schedule'),
  data: () => import('./data'),
  environments: () => import('./environment')
};

export function detailView(kind: Kind): View {
  return VIEWS[kind]();
}
