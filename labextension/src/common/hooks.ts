import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import { ApiError, asApiError } from '../api/errors';
import type { IDetails, Kind } from '../api/types';
import type { IContext } from '../tokens';

const ELSEWHERE_MS = 10_000;

/** Draw again whenever the signal is emitted; at most once a frame. */
export function useSignal(signal: ISignal<unknown, unknown>): void {
  const [, setCount] = React.useState(0);
  React.useEffect(() => {
    let frame = 0;
    const onSignal = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        setCount(count => count + 1);
      });
    };
    signal.connect(onSignal);
    return () => {
      cancelAnimationFrame(frame);
      signal.disconnect(onSignal);
    };
  }, [signal]);
}

/** What was fetched, or is being fetched. */
export interface IFetched<T> {
  /** What was answered last; stays while it is read again. */
  value: T | null;
  error: ApiError | null;
  busy: boolean;
  /** Read it again. */
  again: () => void;
}

/** Fetch when the page opens and whenever `keys` change; an answer that is overtaken is dropped. */
export function useFetched<T>(fetch: (signal: AbortSignal) => Promise<T>, keys: React.DependencyList): IFetched<T> {
  const [state, setState] = React.useState<Omit<IFetched<T>, 'again'>>({ value: null, error: null, busy: true });
  const [count, setCount] = React.useState(0);
  React.useEffect(() => {
    const abort = new AbortController();
    setState(before => ({ ...before, busy: true }));
    fetch(abort.signal).then(
      value => {
        if (!abort.signal.aborted) {
          setState({ value, error: null, busy: false });
        }
      },
      error => {
        if (!abort.signal.aborted) {
          setState(before => ({ ...before, error: asApiError(error), busy: false }));
        }
      }
    );
    return () => abort.abort();
  }, [...keys, count]);
  const again = React.useCallback(() => setCount(before => before + 1), []);
  return { ...state, again };
}

/** The details of one object; read again, at most twice a second, when the server says that it changed. */
export function useDetail<K extends Kind>(
  { client, model }: Pick<IContext, 'client' | 'model'>,
  workspace: string,
  kind: K,
  id: string
): IFetched<IDetails[K]> {
  const fetched = useFetched(signal => client.detail(workspace, kind, id, signal), [client, workspace, kind, id]);
  const { again } = fetched;
  React.useEffect(() => {
    let timer = 0;
    const soon = () => {
      timer ||= window.setTimeout(() => {
        timer = 0;
        again();
      }, 250);
    };
    const onRow = (_: unknown, change: { workspace: string; kind: Kind; id: string }) => {
      if (change.workspace === workspace && change.kind === kind && sameObject(kind, change.id, id)) {
        soon();
      }
    };
    // Changes are pushed of the workspace that the panel shows; another one's objects are asked for now and then.
    const poll = window.setInterval(() => {
      if (model.workspace?.id !== workspace && !document.hidden) {
        again();
      }
    }, ELSEWHERE_MS);
    model.rowChanged.connect(onRow);
    model.listed.connect(soon);
    return () => {
      window.clearTimeout(timer);
      window.clearInterval(poll);
      model.rowChanged.disconnect(onRow);
      model.listed.disconnect(soon);
    };
  }, [model, workspace, kind, id, again]);
  return fetched;
}

/** A row of a kind that has versions stands for all of them: `iris:2` changes what is shown of `iris:1`, too. */
function sameObject(kind: Kind, one: string, other: string): boolean {
  if (one === other) {
    return true;
  }
  return ['models', 'data', 'environments'].includes(kind) && nameOf(one) === nameOf(other);
}

function nameOf(id: string): string {
  return id.replace(/:[^:]*$/, '');
}
