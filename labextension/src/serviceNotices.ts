import { Notification } from '@jupyterlab/apputils';

import type { IRow } from './api/types';
import { Flapping } from './model/flapping';
import type { IChange } from './model/store';
import { CommandIDs, IContext } from './tokens';

const SHOWN_MS = 5000;
const QUIET_MS = 10_000;
const SETTLE_MS = 250;

/** Tells of deployments as they go on and of services that fail: one notice a service, renewed in its place. */
export class ServiceNotices {
  constructor(private readonly _context: IContext) {
    _context.model.rowChanged.connect((_, change) => this._on(change));
  }

  /** Count every other end that it comes to; tell of what came of several that follow at once. */
  private _on(change: IChange): void {
    const { kind, id, row, before } = change;
    if (kind !== 'services') {
      return;
    }
    if (row === null) {
      this._flapping.forget(id);
    } else {
      for (const { tone, state } of before ? [before, row] : [row]) {
        if (state !== null && (tone === 'ok' || tone === 'bad' || tone === 'warn')) {
          this._flapping.ended(id, state);
        }
      }
    }
    const first = this._pending.get(id);
    this._pending.set(id, first ? { ...change, before: first.before } : change);
    if (!first) {
      window.setTimeout(() => this._settle(id), SETTLE_MS);
    }
  }

  private _settle(id: string): void {
    const { row, before, workspace } = this._pending.get(id) as IChange;
    this._pending.delete(id);
    const wanted = this._context.settings().notify;
    const times = this._flapping.times(id);
    if (row === null || wanted === 'none') {
      this._dismiss(id);
    } else if (times) {
      this._storm(row, workspace, times);
    } else if (before?.state !== row.state) {
      if (row.tone === 'busy') {
        this._began(row, workspace, wanted === 'all');
      } else {
        this._ended(row, before, workspace, wanted === 'all');
      }
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
      if (all && before !== null) {
        this._tell(row.id, workspace, trans.__('"%1" is %2.', row.name, row.state ?? ''), 'success', SHOWN_MS);
      } else {
        this._dismiss(row.id);
      }
    } else if (row.tone === 'bad' || row.tone === 'warn') {
      const why = row.about ? `: ${row.about}` : '.';
      const failed = row.state?.toLowerCase() === 'failed';
      const how = failed ? trans.__('"%1" failed', row.name) : trans.__('"%1" is %2', row.name, row.state ?? '');
      this._tell(row.id, workspace, how + why, 'error', false);
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
  }

  private _dismiss(id: string): void {
    const known = this._told.get(id);
    if (known !== undefined) {
      Notification.dismiss(known);
      this._told.delete(id);
    }
  }

  private readonly _pending = new Map<string, IChange>();
  private readonly _told = new Map<string, string>();
  private readonly _stormed = new Map<string, number>();
  private readonly _flapping = new Flapping();
}
