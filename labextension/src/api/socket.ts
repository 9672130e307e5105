import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import type { Follow, ServerEvent } from './types';

/** Milliseconds between attempts: quick at first, then about five seconds. */
export function delay(attempt: number, random: () => number = Math.random): number {
  return Math.min(5_000, 500 * 2 ** Math.min(attempt, 6)) * (0.75 + random() / 2);
}

const PING = 20_000;

/** One WebSocket for all events; opens again by itself and follows anew what was followed. */
export class EventSocket implements IDisposable {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  /** Every event of the server. */
  get received(): ISignal<this, ServerEvent> {
    return this._received;
  }

  /** Open (true) or lost (false). */
  get openChanged(): ISignal<this, boolean> {
    return this._openChanged;
  }

  get isOpen(): boolean {
    return this._socket?.readyState === 1;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    this.close();
    Signal.clearData(this);
  }

  open(): void {
    if (!this._disposed && !this._socket) {
      this._wanted = true;
      this._connect();
    }
  }

  close(): void {
    this._wanted = false;
    clearTimeout(this._timer);
    clearInterval(this._ping);
    this._socket?.close();
    this._socket = null;
  }

  /** Hear of the changes of this workspace. */
  watch(workspace: string): void {
    // The server answers by telling to list anew, so asking again for the same would never end.
    if (workspace !== this._workspace) {
      this._workspace = workspace;
      this._send({ op: 'workspace', id: workspace });
    }
  }

  /** Ask for a log or metrics until the returned function is called. */
  follow(what: Follow): () => void {
    const key = Symbol();
    this._followed.set(key, what);
    this._send({ op: 'follow', ...what });
    return () => {
      if (this._followed.delete(key) && ![...this._followed.values()].some(other => same(other, what))) {
        this._send({ op: 'unfollow', ...what });
      }
    };
  }

  /** Move the place where a log is followed from, so that nothing comes twice after a reconnection. */
  private _advance(event: ServerEvent): void {
    if (event.event === 'log') {
      for (const [key, what] of this._followed) {
        if (what.channel === 'log' && what.id === event.id && what.kind === event.kind && what.name === event.name) {
          this._followed.set(key, { ...what, from: event.to });
        }
      }
    }
  }

  private _connect(): void {
    const { wsUrl, WebSocket, token, appendToken } = this._settings;
    let url = URLExt.join(wsUrl, 'aml-nb', 'events');
    if (appendToken && token) {
      url += `?token=${encodeURIComponent(token)}`;
    }
    const socket = new WebSocket(url);
    this._socket = socket;
    socket.onopen = () => {
      this._attempt = 0;
      if (this._workspace !== null) {
        this._send({ op: 'workspace', id: this._workspace });
      }
      for (const what of this._followed.values()) {
        this._send({ op: 'follow', ...what });
      }
      this._ping = window.setInterval(() => this._send({ op: 'ping' }), PING);
      this._openChanged.emit(true);
    };
    socket.onmessage = ({ data }) => {
      const event = JSON.parse(data) as ServerEvent;
      this._advance(event);
      if (event.event === 'gone' && event.workspace === this._workspace) {
        this._workspace = null; // one of the same name that comes later is asked for anew
      }
      this._received.emit(event);
    };
    socket.onclose = () => {
      if (this._socket === socket) {
        this._lost();
      }
    };
  }

  private _lost(): void {
    this._socket = null;
    clearInterval(this._ping);
    this._openChanged.emit(false);
    if (this._wanted) {
      this._timer = window.setTimeout(() => this._connect(), delay(this._attempt++));
    }
  }

  private _send(message: object): void {
    if (this.isOpen) {
      this._socket!.send(JSON.stringify(message));
    }
  }

  private _socket: WebSocket | null = null;
  private _wanted = false;
  private _disposed = false;
  private _attempt = 0;
  private _timer = 0;
  private _ping = 0;
  private _workspace: string | null = null;
  private readonly _followed = new Map<symbol, Follow>();
  private readonly _received = new Signal<this, ServerEvent>(this);
  private readonly _openChanged = new Signal<this, boolean>(this);
}

function same(a: Follow, b: Follow): boolean {
  return (
    a.channel === b.channel &&
    a.workspace === b.workspace &&
    a.id === b.id &&
    (a.channel !== 'log' || (b.channel === 'log' && a.kind === b.kind && a.name === b.name))
  );
}
