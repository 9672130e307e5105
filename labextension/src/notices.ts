import { Notification } from '@jupyterlab/apputils';

import type { IRow } from './api/types';
import { Flapping } from './model/flapping';
import type { IChange } from './model/store';
import { CommandIDs, IContext } from './tokens';

const SHOWN_MS = 5000;
const QUIET_MS = 10_000;

/** Tells of deployments as they go on and of services that fail: one notice a service, renewed in its place. */
export class Notices {
  constructor(private readonly _context: IContext) {
    _context.model.rowChanged.connect((_, change) => this._on(change));
  }

  private _on(change: IChange): void {
    if (change.kind !== 'services') {
      return;
    }
    const { row, before, id } = change;
    const wanted = this._context.settings().notify;
    if (row === null || wanted === 'none') {
      this._dismiss(id);
      this._flapping.forget(id);
      return;
    }
    if (before?.state === row.state) {
      return;
    }
    const times = before ? this._flapping.count(id) : 0;
    if (times) {
      this._storm(row, change.workspace, times);
    } else if (row.tone === 'busy') {
      this._began(row, change.workspace, wanted === 'all');
    } else {
      this._ended(row, before, change.workspace, wanted === 'all');
    }
  }

  /** A deployment or an update is under way. */
  private _began(row: IRow, workspace: string, all: boolean): void {
    if (all) {
      const { trans } = this._context;
      this._tell(row.id, workspace, trans.__('Deploying "%1"…', row.name), 'in-progress', false);
    }
  }

  private _ended(row: IRow, before: IRow | null, workspace: string, all: boolean): void {
    const { trans } = this._context;
    if (row.tone === 'ok') {
      if (all && (before?.tone === 'busy' || before?.tone === 'bad' || this._told.has(row.id))) {
        this._tell(row.id, workspace, trans.__('"%1" is %2.', row.name, row.state ?? ''), 'success', SHOWN_MS);
      } else {
        this._dismiss(row.id);
      }
    } else if (row.tone === 'bad' || row.tone === 'warn') {
      const why = row.about ? `: ${row.about}` : '.';
      this._tell(row.id, workspace, trans.__('"%1" is %2', row.name, row.state ?? '') + why, 'error', false);
    } else {
      this._dismiss(row.id);
    }
  }

  /** It changes again and again: that is said once, and renewed now and then. */
  private _storm(row: IRow, workspace: string, times: number): void {
    const now = Date.now();
    if (now - (this._stormed.get(row.id) ?? 0) < QUIET_MS) {
      return;
    }
    this._stormed.set(row.id, now);
    const { trans } = this._context;
    const text = trans.__('"%1" changed its state %2 times in a minute; it is %3 now.', row.name, times, row.state ?? '');
    this._tell(row.id, workspace, text, 'warning', false);
  }

  private _tell(
    id: string,
    workspace: string,
    message: string,
    type: 'in-progress' | 'success' | 'error' | 'warning',
    autoClose: number | false
  ): void {
    const { app, trans } = this._context;
    const open = () => void app.commands.execute(CommandIDs.open, { kind: 'services', id, workspace });
    const options = { autoClose, actions: [{ label: trans.__('Show'), callback: open }] };
    const known = this._told.get(id);
    if (known === undefined || !Notification.update({ id: known, message, type, ...options })) {
      this._told.set(id, Notification.emit(message, type, options));
    }
    if (autoClose !== false) {
      this._told.delete(id);
    }
  }

  private _dismiss(id: string): void {
    const known = this._told.get(id);
    if (known !== undefined) {
      Notification.dismiss(known);
      this._told.delete(id);
    }
  }

  private readonly _told = new Map<string, string>();
  private readonly _stormed = new Map<string, number>();
  private readonly _flapping = new Flapping();
}
