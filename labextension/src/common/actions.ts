import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { tellFailure } from './failures';

const TOLD_MS = 5000;

/** What a view is doing at the moment. */
export interface IActing {
  /** The action that is under way. */
  doing: string | null;
  /** Do something, say that it is done, and tell of its failure; true where it was done. */
  act(name: string, work: () => Promise<unknown>, done?: string): Promise<boolean>;
}

/** One action at a time. */
export function useActing(trans: TranslationBundle): IActing {
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
      tellFailure(error, trans);
      return false;
    } finally {
      if (mounted.current) {
        setDoing(null);
      }
    }
  };
  return { doing, act };
}
