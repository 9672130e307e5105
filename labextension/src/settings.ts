import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ISignal, Signal } from '@lumino/signaling';

import { ALL_SECTIONS } from './model/outline';
import type { ISettings } from './tokens';

const DEFAULTS: ISettings = {
  pollSeconds: 5,
  notify: 'all',
  insertStyle: 'v1',
  sections: ALL_SECTIONS,
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
    sections: ALL_SECTIONS.filter(section => (sections as unknown[]).includes(section)),
    statusBar: told.statusBar !== false
  };
}

/** The settings as they are now; the defaults where Lab has no registry of settings, or until it was read. */
export class LiveSettings {
  value: ISettings = settled(null);

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  async load(registry: ISettingRegistry | null, id: string): Promise<void> {
    try {
      const settings = (await registry?.load(id)) ?? null;
      settings?.changed.connect(() => this._take(settings));
      this._take(settings);
    } catch (error) {
      console.warn('aml-nb: settings could not be read; the defaults hold.', error);
    }
  }

  private _take(settings: ISettingRegistry.ISettings | null): void {
    this.value = settled(settings);
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
}
