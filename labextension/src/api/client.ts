import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';

import { ApiError } from './errors';
import { EventSocket } from './socket';
import type {
  IAnswer,
  ICode,
  IDeployment,
  IDetails,
  IDiagnosis,
  IErrorBody,
  IHello,
  ILogPiece,
  IMetrics,
  IRow,
  IRows,
  Keys,
  Kind
} from './types';

type Query = Record<string, string | number | boolean | null | undefined>;

interface IRequest {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: unknown;
  query?: Query;
  signal?: AbortSignal;
}

/** The only caller of the server extension. */
export class Client implements IDisposable {
  constructor(readonly settings: ServerConnection.ISettings = ServerConnection.makeSettings()) {
    this.socket = new EventSocket(settings);
  }

  /** What the server pushes. */
  readonly socket: EventSocket;

  get isDisposed(): boolean {
    return this.socket.isDisposed;
  }

  dispose(): void {
    this.socket.dispose();
  }

  hello(signal?: AbortSignal): Promise<IHello> {
    return this.request(['hello'], { signal });
  }

  list(workspace: string, kind: Kind, signal?: AbortSignal): Promise<IRows> {
    return this.request(['w', workspace, kind], { signal });
  }

  detail<K extends Kind>(workspace: string, kind: K, id: string, signal?: AbortSignal): Promise<IDetails[K]> {
    return this.request(['w', workspace, kind, id], { signal });
  }

  remove(workspace: string, kind: Kind, id: string): Promise<void> {
    return this.request(['w', workspace, kind, id], { method: 'DELETE' });
  }

  code(workspace: string, kind: Kind, id: string): Promise<ICode> {
    return this.request(['w', workspace, kind, id, 'code']);
  }

  score(
    workspace: string,
    service: string,
    request: { body: string; content_type: string; path?: string }
  ): Promise<IAnswer> {
    return this.post(['w', workspace, 'services', service, 'score'], request);
  }

  keys(workspace: string, service: string): Promise<Keys> {
    return this.post(['w', workspace, 'services', service, 'keys']);
  }

  regenerateKey(workspace: string, service: string, key: 'Primary' | 'Secondary'): Promise<Keys> {
    return this.post(['w', workspace, 'services', service, 'regenerate_key'], { key });
  }

  reload(workspace: string, service: string): Promise<unknown> {
    return this.post(['w', workspace, 'services', service, 'reload']);
  }

  update(workspace: string, service: string, changes: Record<string, unknown>): Promise<unknown> {
    return this.post(['w', workspace, 'services', service, 'update'], changes);
  }

  scale(
    workspace: string,
    service: string,
    size: { num_replicas: number } | { autoscale_min_replicas: number; autoscale_max_replicas: number }
  ): Promise<unknown> {
    return this.post(['w', workspace, 'services', service, 'scale'], size);
  }

  clientCode(workspace: string, service: string, language: string): Promise<{ language: string; code: string }> {
    return this.request(['w', workspace, 'services', service, 'client_code'], { query: { language } });
  }

  diagnosis(workspace: string, service: string): Promise<IDiagnosis | null> {
    return this.request(['w', workspace, 'services', service, 'diagnosis']);
  }

  metrics(workspace: string, service: string, seconds = 300): Promise<IMetrics> {
    return this.request(['w', workspace, 'services', service, 'metrics'], { query: { seconds } });
  }

  deploy(workspace: string, model: string, deployment: IDeployment): Promise<{ row: IRow }> {
    return this.post(['w', workspace, 'models', model, 'deploy'], deployment);
  }

  /** Actions of runs, pipelines, schedules and compute: `cancel`, `submit`, `enable`, `disable`, `start`, `stop`. */
  act(workspace: string, kind: Kind, id: string, action: string, body?: unknown): Promise<unknown> {
    return this.post(['w', workspace, kind, id, action], body);
  }

  log(
    workspace: string,
    kind: 'services' | 'runs',
    id: string,
    query: { name?: string; from?: number; max?: number },
    signal?: AbortSignal
  ): Promise<ILogPiece> {
    return this.request(['w', workspace, kind, id, 'log'], { query, signal });
  }

  /** The address of a run's file, for an image or a download. */
  fileUrl(workspace: string, run: string, name: string): string {
    return this.url(['w', workspace, 'runs', run, 'file'], { name });
  }

  /** A file at an address that the server gave, such as a picture; fetched as the user. */
  async blob(address: string, signal?: AbortSignal): Promise<Blob> {
    const url = new URL(address, new URL(this.settings.baseUrl, window.location.href)).href;
    const response = await ServerConnection.makeRequest(url, { signal }, this.settings);
    if (!response.ok) {
      throw failure(response, parse(await response.text()), []);
    }
    return response.blob();
  }

  url(path: string[], query: Query = {}): string {
    const words = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
    const text = new URLSearchParams(words.map(([key, value]) => [key, String(value)])).toString();
    return URLExt.join(this.settings.baseUrl, 'aml-nb', ...path.map(encodeURIComponent)) + (text ? `?${text}` : '');
  }

  private post<T>(path: string[], body: unknown = {}): Promise<T> {
    return this.request(path, { method: 'POST', body });
  }

  private async request<T>(path: string[], { method = 'GET', body, query, signal }: IRequest = {}): Promise<T> {
    const init: RequestInit = { method, signal };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
    }
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(this.url(path, query), init, this.settings);
    } catch (error) {
      if (signal?.aborted) {
        throw error;
      }
      throw new ApiError('The Jupyter server does not answer.', 0, 'away');
    }
    const text = await response.text();
    const value = parse(text);
    if (!response.ok) {
      throw failure(response, value, path);
    }
    if (value === undefined && text) {
      throw new ApiError('The Jupyter server answered something that is not JSON.', response.status, 'not_json');
    }
    return (value ?? null) as T;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The error of an answer: the extension's own words where it gave some, else what the status says. */
function failure(response: Response, value: unknown, path: string[]): ApiError {
  const body = (value ?? {}) as Partial<IErrorBody>;
  if (typeof body.code === 'string' && typeof body.message === 'string') {
    return new ApiError(body.message, response.status, body.code, body.hint ?? null, body.where ?? null);
  }
  if (response.status === 404 && path[0] === 'hello') {
    return new ApiError("The server extension of aml_nb is missing in the Jupyter server's environment.", 404, 'missing');
  }
  return new ApiError(body.message || `${response.status} ${response.statusText}`.trim(), response.status, 'http');
}
