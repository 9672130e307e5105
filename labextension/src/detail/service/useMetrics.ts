import * as React from 'react';

import type { ApiError } from '../../api/errors';
import { asApiError } from '../../api/errors';
import type { IMetrics, ServerEvent } from '../../api/types';
import { joined } from './figures';
import type { IServiceProps } from './useRow';

const LIVE_SECONDS = 300;
const POLL_MS = 10_000;
const AWAY_MS = 2_000;

/** The figures of the last `seconds`: pushed while the span is short, else read every few seconds. */
export function useMetrics(
  { client, workspace, id }: IServiceProps,
  seconds: number
): { metrics: IMetrics | null; error: ApiError | null; now: number } {
  const [metrics, setMetrics] = React.useState<IMetrics | null>(null);
  const [error, setError] = React.useState<ApiError | null>(null);
  React.useEffect(() => {
    let gone = false;
    let timer = 0;
    setMetrics(null);
    const live = seconds <= LIVE_SECONDS;
    const read = async () => {
      try {
        const value = await client.metrics(workspace, id, seconds);
        if (!gone) {
          setMetrics(value);
          setError(null);
        }
      } catch (failure) {
        if (!gone) {
          setError(asApiError(failure));
        }
      }
      if (!gone) {
        timer = window.setTimeout(() => void read(), live && !client.socket.isOpen ? AWAY_MS : POLL_MS);
      }
    };
    void read();
    const onEvent = (_: unknown, event: ServerEvent) => {
      if (event.event === 'metrics' && event.id === id) {
        setMetrics(before => before && joined(before, event, seconds));
      }
    };
    const stop = live ? client.socket.follow({ channel: 'metrics', workspace, id }) : null;
    if (live) {
      client.socket.received.connect(onEvent);
    }
    return () => {
      gone = true;
      window.clearTimeout(timer);
      stop?.();
      client.socket.received.disconnect(onEvent);
    };
  }, [client, workspace, id, seconds]);
  const last = metrics?.at[metrics.at.length - 1];
  return { metrics, error, now: last ?? Date.now() / 1000 };
}
