import type { ISettingRegistry } from '@jupyterlab/settingregistry';

import { KINDS, Kind } from './api/types';
import type { ISettings } from './tokens';

const DEFAULTS: ISettings = {
  pollSeconds: 5,
  notify: 'all',
  insertStyle: 'v1',
  sections: [...KINDS],
  statusBar: true
};

/** The user's settings with the defaults for whatever is missing or of a wrong type. */
export function settled(settings: ISettingRegistry.ISettings | null): ISettings {
  const told = (settings?.composite ?? {}) as Partial<Record<keyof ISettings, unknown>>;
  const sections = Array.isArray(told.sections) ? told.sections : DEFAULTS.sections;
  return {
    pollSeconds: typeof told.pollSeconds === 'number' && told.pollSeconds >= 1 ? told.pollSeconds : DEFAULTS.pollSeconds,
    notify: told.notify === 'failures' || told.notify === 'none' ? told.notify : DEFAULTS.notify,
    insertStyle: told.insertStyle === 'magic' ? 'magic' : DEFAULTS.insertStyle,
    sections: KINDS.filter(kind => (sections as unknown[]).includes(kind)) as Kind[],
    statusBar: told.statusBar !== false
  };
}
