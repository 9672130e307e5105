import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';

import type { Client } from '../api/client';
import { ApiError, asApiError } from '../api/errors';
import type { IHello, IRow, IWorkspace, Kind, ServerEvent } from '../api/types';
import { KINDS } from '../api/types';
import { PROTOCOL, VERSION } from '../tokens';
import { Rows } from './rows';

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
  /** There is no workspace at all. */
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
    client.socket.received.connect(this._onEvent, this);
    client.socket.openChanged.connect(this._onOpen, this);
    this._poll = new Poll({
      auto: false,
      factory: () => this._tick(),
      frequency: { interval: 5000, backoff: true, max: 300_000 },
      name: 'aml-nb:lists',
      standby: 'when-hidden'
    });
  }

  /** Anything that is drawn has changed. */
  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  /** One object came, changed or went; pushed, never because a list was read. */
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

  /** Grows with each change of what is drawn. */
  get revision(): number {
    return this._revision;
  }

  /** Whether everything is being read anew at the moment. */
  get busy(): boolean {
    return this._refreshing !== null;
  }

  /** Name of the workspace that was shown and is gone, until that has been read. */
  get lost(): string | null {
    return this._lost;
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

  /** One list. Nothing is read before somebody looks at it; from then on it is kept. */
  slice(kind: Kind): Rows {
    if (!this._wanted.has(kind)) {
      this._wanted.add(kind);
      if (this._standing.state === 'ready') {
        void this._list([kind]);
      }
    }
    return this._rows[kind];
  }

  find(kind: Kind, id: string): IRow | null {
    return this._rows[kind].get(id);
  }

  /** Why a list could not be read, while that is so. */
  trouble(kind: Kind): ApiError | null {
    return this._troubles.get(kind) ?? null;
  }

  /** Seconds between polls while nothing is pushed. */
  set pollSeconds(seconds: number) {
    this._poll.frequency = { ...this._poll.frequency, interval: seconds * 1000 };
  }

  /** Begin: who is there, then the lists, then what is pushed. */
  async start(workspace: string | null = null): Promise<void> {
    this._workspace ??= workspace;
    await this.refresh();
    await this._poll.start();
  }

  /** Show another workspace. */
  async select(id: string): Promise<void> {
    if (id !== this._workspace) {
      this._workspace = id;
      this._lost = null;
      this._clear();
      await this.refresh();
    }
  }

  /** See which workspaces there are now. */
  async look(): Promise<void> {
    try {
      this._hello = await this.client.hello();
      this._changed();
    } catch {
      // That the server is away is noticed and told by the socket and the poll.
    }
  }

  /** The user has read that a workspace is gone. */
  forgetLost(): void {
    this._lost = null;
    this._changed();
  }

  /** Read everything anew. What is asked for meanwhile is read once more afterwards. */
  async refresh(): Promise<void> {
    if (this._refreshing) {
      this._again = true;
      return this._refreshing;
    }
    this._refreshing = this._refreshed();
    this._changed();
    try {
      await this._refreshing;
    } finally {
      this._refreshing = null;
      this._changed();
    }
  }

  private async _refreshed(): Promise<void> {
    do {
      this._again = false;
      await this._refresh();
    } while (this._again && !this._disposed);
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
      this._stand({ state: 'none' });
      return;
    }
    this.client.socket.watch(this._workspace as string);
    this.client.socket.open();
    await this._list([...this._wanted]);
    this._stand({ state: 'ready' });
    this._listed.emit();
  }

  /** The workspace that is shown: the one from before, else the default one. */
  private _choose(): boolean {
    const chosen = this.workspace ?? this.workspaces.find(each => each.default) ?? this.workspaces[0];
    if (chosen?.id !== this._workspace) {
      this._lost = this._name;
      this._clear();
    }
    this._workspace = chosen?.id ?? null;
    this._name = chosen?.name ?? null;
    return chosen !== undefined;
  }

  private _clear(): void {
    this._rows = empty();
    this._troubles.clear();
    this._changed();
  }

  private async _list(kinds: readonly Kind[]): Promise<void> {
    const workspace = this._workspace as string;
    await Promise.all(
      kinds.map(async kind => {
        try {
          const { rows, total } = await this.client.list(workspace, kind);
          if (workspace === this._workspace) {
            this._rows[kind].list(rows, total);
            this._troubles.delete(kind);
          }
        } catch (error) {
          if (workspace === this._workspace) {
            this._troubles.set(kind, asApiError(error));
          }
        }
        this._changed();
      })
    );
  }

  /** While the socket is open there is nothing to ask; else everything is read again, ever more rarely. */
  private async _tick(): Promise<void> {
    if (this._standing.state === 'ready' && this.client.socket.isOpen) {
      return;
    }
    await this.refresh();
    const { standing } = this;
    if (standing.state === 'away' || standing.state === 'missing') {
      throw standing.error;
    }
  }

  /** The server hears again: it says by itself that the lists are to be read. Lost: see at once what is the matter. */
  private _onOpen(_: unknown, open: boolean): void {
    if (!open && this._standing.state === 'ready') {
      void this._poll.refresh();
    }
  }

  private _onEvent(_: unknown, event: ServerEvent): void {
    if (event.event === 'hello') {
      if (event.version !== VERSION || event.protocol !== PROTOCOL || this._standing.state !== 'ready') {
        void this.refresh();
      }
    } else if (event.event === 'changed') {
      this._onChanged(event);
    } else if (event.event === 'gone' || (event.event === 'error' && event.code === 'workspace-gone')) {
      void this.refresh();
    } else if (event.event === 'reset' && event.workspace === this._workspace) {
      void (event.kind ? this._list([event.kind].filter(kind => this._wanted.has(kind))) : this.refresh());
    }
  }

  private _onChanged({ workspace, kind, id, row, at }: ServerEvent & { event: 'changed' }): void {
    let before: IRow | null = null;
    if (workspace === this._workspace) {
      before = this._rows[kind].change(id, row, at);
      this._changed();
    }
    this._rowChanged.emit({ workspace, kind, id, before, row, at });
  }

  private _changed(): void {
    this._revision += 1;
    this._stateChanged.emit();
  }

  private _stand(standing: Standing): void {
    this._standing = standing;
    this._changed();
  }

  private _standing: Standing = { state: 'starting' };
  private _hello: IHello | null = null;
  private _workspace: string | null = null;
  private _name: string | null = null;
  private _lost: string | null = null;
  private _disposed = false;
  private _again = false;
  private _revision = 0;
  private _refreshing: Promise<void> | null = null;
  private _rows = empty();
  private readonly _wanted = new Set<Kind>(['services']);
  private readonly _poll: Poll<void>;
  private readonly _troubles = new Map<Kind, ApiError>();
  private readonly _stateChanged = new Signal<this, void>(this);
  private readonly _rowChanged = new Signal<this, IChange>(this);
  private readonly _listed = new Signal<this, void>(this);
}

function empty(): Record<Kind, Rows> {
  return Object.fromEntries(KINDS.map(kind => [kind, new Rows(kind)])) as Record<Kind, Rows>;
}
