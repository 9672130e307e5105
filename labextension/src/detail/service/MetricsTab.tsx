import * as React from 'react';

import { Chart } from '../../common/Chart';
import { Trouble } from '../../common/Trouble';
import { Empty } from '../../common/Section';
import { useMetrics } from './useMetrics';
import type { IServiceProps } from './useRow';

const MINUTES_5 = 300;
const HOUR = 3600;

/** How much the service is asked, how fast it answers and how many replicas do so, as it goes. */
export function MetricsTab(props: IServiceProps): JSX.Element {
  const { trans } = props;
  const [seconds, setSeconds] = React.useState(MINUTES_5);
  const { metrics, error, now } = useMetrics(props, seconds);
  const span: [number, number] = [now - seconds, now];
  const spans: [number, string][] = [
    [MINUTES_5, trans.__('5 minutes')],
    [HOUR, trans.__('1 hour')]
  ];
  return (
    <div className="aml-Metrics">
      <div className="aml-Segments" role="group" aria-label={trans.__('Time that is shown')}>
        {spans.map(([length, label]) => (
          <button
            key={length}
            type="button"
            className="aml-Chip"
            aria-pressed={seconds === length}
            onClick={() => setSeconds(length)}
          >
            {label}
          </button>
        ))}
      </div>
      {error && <Trouble title={trans.__('The figures could not be read')} error={error} />}
      {metrics && !metrics.at.length && <Empty>{trans.__('There are no figures yet. They come as soon as the service runs.')}</Empty>}
      {metrics && metrics.at.length > 0 && (
        <div className="aml-Metrics-charts">
          <Chart
            title={trans.__('Requests')}
            unit={trans.__('per s')}
            times
            at={metrics.at}
            span={span}
            series={[{ name: trans.__('Requests'), values: metrics.requests }]}
          />
          <Chart
            title={trans.__('Errors')}
            unit={trans.__('per s')}
            times
            at={metrics.at}
            span={span}
            series={[{ name: trans.__('Errors'), values: metrics.errors, tone: 'bad' }]}
          />
          <Chart
            title={trans.__('Time to answer')}
            unit="ms"
            times
            at={metrics.at}
            span={span}
            series={[
              { name: 'p50', values: metrics.p50 },
              { name: 'p99', values: metrics.p99 }
            ]}
          />
          <Chart
            title={trans.__('Replicas')}
            times
            whole
            at={metrics.at}
            span={span}
            series={[{ name: trans.__('Replicas'), values: metrics.replicas }]}
          />
        </div>
      )}
    </div>
  );
}
