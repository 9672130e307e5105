import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';

import type { Client } from '../api/client';
import { ApiError, asApiError } from '../api/errors';
import type { IHello, IRow, IWorkspace, Kind, ServerEvent } from '../api/types';
import { KINDS } from '../api/types';
import { PROTOCOL, VERSION } from '../tokens';
import { changed, EMPTY, ISlice, listed } from './rows';

/** How it stands between the panel and the server. */
export type Standing =
  | { state: 'starting' }
  | { state: 'ready' }
  /** The server does not answer; the panel tries again by itself. */
  | { state: 'away'; error: ApiError }
  /** The server extension is not there. */
  | { state: 'missing'; error: ApiError }
  /** Panel and server are of different versions. */
  | { state: 'mismatch'; server: string }
  /** The workspace that was shown is gone. */
  | { state: 'gone'; name: string; message: string }
  | { state: 'none' };

/** A change of one object, as its views and the notifications hear of it. */
export interface IChange {
  workspace: string;
  kind: Kind;
  id: string;
  before: IRow | null;
  row: IRow | null;
  at: number;
}

/** What is known of the workspaces: lists that the server pushes changes to. No drawing here. */
export class Store implements IDisposable {
  constructor(readonly client: Client) {
    client.socket.received.connect((_, event) => this._onEvent(event));
    client.socket.openChanged.connect((_, open) => {
      if (open) {
        void this.refresh();
      } else {
        void this._poll.refresh();
      }
    });
    this._poll = new Poll({
      auto: false,
      factory: () => this._tick(),
      frequency: { interval: this._interval, backoff: true, max: 300_000 },
      name: 'aml-nb:lists',
      standby: 'when-hidden'
    });
  }

  /** Anything that is drawn has changed. */
  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  /** One object came, changed or went. */
  get rowChanged(): ISignal<this, IChange> {
    return this._rowChanged;
  }

  /** The lists were read anew, as after the server was away: views of objects read theirs, too. */
  get listed(): ISignal<this, void> {
    return this._listed;
  }

  get standing(): Standing {
    return this._standing;
  }

  get hello(): IHello | null {
    return this._hello;
  }

  get workspaces(): readonly IWorkspace[] {
    return this._hello?.workspaces ?? [];
  }

  get workspace(): IWorkspace | null {
    return this.workspaces.find(each => each.id === this._workspace) ?? null;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (!this._disposed) {
      this._disposed = true;
      this._poll.dispose();
      Signal.clearData(this);
    }
  }

  slice(kind: Kind): ISlice {
    return this._slices.get(kind) ?? EMPTY;
  }

  find(kind: Kind, id: string): IRow | null {
    return this.slice(kind).rows.find(row => row.id === id) ?? null;
  }

  /** Why a list could not be read, while that is so. */
  trouble(kind: Kind): ApiError | null {
    return this._troubles.get(kind) ?? null;
  }

  set pollSeconds(seconds: number) {
    this._interval = Math.max(1, seconds) * 1000;
    this._poll.frequency = { ...this._poll.frequency, interval: this._interval };
  }

  /** Begin: who is there, then the lists, then what is pushed. */
  async start(workspace: string | null = null): Promise<void> {
    this._workspace = workspace;
    await this.refresh();
    void this._poll.start();
  }

  /** Show another workspace. */
  async select(id: string): Promise<void> {
    if (id !== this._workspace || this._standing.state === 'gone') {
      this._workspace = id;
      this._slices.clear();
      this._troubles.clear();
      this._stateChanged.emit();
      await this.refresh();
    }
  }

  /** Read everything anew. Of several calls at once only one asks the server. */
  refresh(): Promise<void> {
    this._refreshing ??= this._refresh().finally(() => {
      this._refreshing = null;
    });
    return this._refreshing;
  }

  private async _refresh(): Promise<void> {
    try {
      this._hello = await this.client.hello();
    } catch (error) {
      const failure = asApiError(error);
      this._stand({ state: failure.code === 'missing' ? 'missing' : 'away', error: failure });
      return;
    }
    if (this._hello.protocol !== PROTOCOL || this._hello.version !== VERSION) {
      this.client.socket.close();
      this._stand({ state: 'mismatch', server: this._hello.version });
      return;
    }
    if (!this._choose()) {
      return;
    }
    await this._list(KINDS);
    this.client.socket.watch(this._workspace as string);
    this.client.socket.open();
    this._stand({ state: 'ready' });
    this._listed.emit();
  }

  /** The workspace that is shown: the one from before, else the default one. */
  private _choose(): boolean {
    if (this._workspace !== null && this.workspace === null && this._named !== null) {
      this._stand({ state: 'gone', name: this._named, message: '' });
      return false;
    }
    const chosen = this.workspace ?? this.workspaces.find(each => each.default) ?? this.workspaces[0];
    if (!chosen) {
      this._stand({ state: 'none' });
      return false;
    }
    this._workspace = chosen.id;
    this._named = chosen.name;
    return true;
  }

  private async _list(kinds: readonly Kind[]): Promise<void> {
    const workspace = this._workspace as string;
    await Promise.all(
      kinds.map(async kind => {
        try {
          const { rows, total } = await this.client.list(workspace, kind);
          if (workspace === this._workspace) {
            this._slices.set(kind, listed(rows, total));
            this._troubles.delete(kind);
            this._stateChanged.emit();
          }
        } catch (error) {
          this._troubles.set(kind, asApiError(error));
        }
      })
    );
  }

  /** While the socket is open there is nothing to ask; else everything is read again, ever more rarely. */
  private async _tick(): Promise<void> {
    if (!this.client.socket.isOpen || this._standing.state !== 'ready') {
      await this.refresh();
      if (this._standing.state === 'away') {
        throw this._standing.error;
      }
    }
  }

  private _onEvent(event: ServerEvent): void {
    switch (event.event) {
      case 'changed':
        this._onChanged(event);
        break;
      case 'reset':
        if (event.workspace === this._workspace) {
          void this.refresh();
        }
        break;
      case 'gone':
        if (event.workspace === this._workspace) {
          this._stand({ state: 'gone', name: this._named ?? '', message: event.message });
        }
        break;
    }
  }

  private _onChanged(event: ServerEvent & { event: 'changed' }): void {
    const { workspace, kind, id, row, at } = event;
    let before: IRow | null = null;
    if (workspace === this._workspace) {
      before = this.find(kind, id);
      this._slices.set(kind, changed(this.slice(kind), id, row, at));
      this._stateChanged.emit();
    }
    this._rowChanged.emit({ workspace, kind, id, before, row, at });
  }

  private _stand(standing: Standing): void {
    this._standing = standing;
    this._stateChanged.emit();
  }

  private _standing: Standing = { state: 'starting' };
  private _hello: IHello | null = null;
  private _workspace: string | null = null;
  private _named: string | null = null;
  private _interval = 5000;
  private _disposed = false;
  private _refreshing: Promise<void> | null = null;
  private readonly _poll: Poll<void>;
  private readonly _slices = new Map<Kind, ISlice>();
  private readonly _troubles = new Map<Kind, ApiError>();
  private readonly _stateChanged = new Signal<this, void>(this);
  private readonly _rowChanged = new Signal<this, IChange>(this);
  private readonly _listed = new Signal<this, void>(this);
}
