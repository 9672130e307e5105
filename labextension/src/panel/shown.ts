import type { IStateDB } from '@jupyterlab/statedb';
import { ISignal, Signal } from '@lumino/signaling';

import { ALL_SECTIONS, Section } from '../model/outline';

// Not below `aml-nb:`, which is where the tracker of views keeps what it restores, and removes all else.
const KEY = 'aml-nb-panel:shown';
const CLOSED: Section[] = ['data', 'environments'];

/** Which workspace is shown and which sections are open; kept in the layout's workspace, and there after a reload. */
export class Shown {
  constructor(private readonly _state: IStateDB | null) {}

  /** Sections that the user closed. */
  closed: ReadonlySet<Section> = new Set(CLOSED);

  workspace: string | null = null;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** As it was before; what was kept may be of another version, and is not trusted. */
  async load(): Promise<void> {
    const kept = (await this._state?.fetch(KEY).catch(() => undefined)) as
      | { closed?: unknown; workspace?: unknown }
      | undefined;
    if (Array.isArray(kept?.closed)) {
      this.closed = new Set(ALL_SECTIONS.filter(section => (kept!.closed as unknown[]).includes(section)));
    }
    if (typeof kept?.workspace === 'string') {
      this.workspace = kept.workspace;
    }
    this._changed.emit();
  }

  toggle(section: Section, open: boolean): void {
    const closed = new Set(this.closed);
    if (open) {
      closed.delete(section);
    } else {
      closed.add(section);
    }
    this.closed = closed;
    this._save();
    this._changed.emit();
  }

  choose(workspace: string | null): void {
    if (workspace !== null && workspace !== this.workspace) {
      this.workspace = workspace;
      this._save();
    }
  }

  private _save(): void {
    void this._state?.save(KEY, { closed: [...this.closed], workspace: this.workspace });
  }

  private readonly _changed = new Signal<this, void>(this);
}
