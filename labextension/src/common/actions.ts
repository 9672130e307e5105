import { Notification } from '@jupyterlab/apputils';
import * as React from 'react';

import { asApiError } from '../api/errors';

const TOLD_MS = 5000;

/** Tell of a failure: what failed, why, and what to do next. */
export function tellFailure(error: unknown, title?: string): void {
  const { message, hint } = asApiError(error);
  Notification.error([title, message, hint].filter(Boolean).join('\n'), { autoClose: false });
}

/** What a view is doing at the moment. */
export interface IActing {
  /** The action that is under way. */
  doing: string | null;
  /** Do something, say that it is done, and tell of its failure; true where it was done. */
  act(name: string, work: () => Promise<unknown>, done?: string): Promise<boolean>;
}

/** One action at a time. */
export function useActing(): IActing {
  const [doing, setDoing] = React.useState<string | null>(null);
  const mounted = React.useRef(true);
  React.useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);
  const act = async (name: string, work: () => Promise<unknown>, done?: string) => {
    setDoing(name);
    try {
      await work();
      if (done) {
        Notification.success(done, { autoClose: TOLD_MS });
      }
      return true;
    } catch (error) {
      tellFailure(error);
      return false;
    } finally {
      if (mounted.current) {
        setDoing(null);
      }
    }
  };
  return { doing, act };
}
