import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IRunMetric } from '../../api/types';
import { Chart } from '../../common/Chart';
import { DataTable } from '../../common/DataTable';
import { Confusion } from './Confusion';
import { IGrid, shapesOf, shown } from './metricShapes';

/** What a run has logged: numbers as a table and curves, rows as tables, the rest as it is. */
export function Metrics(props: { trans: TranslationBundle; metrics: readonly IRunMetric[] }): JSX.Element {
  const { trans, metrics } = props;
  const { curves, values, grids, confusions, others } = React.useMemo(() => shapesOf(metrics), [metrics]);
  return (
    <div className="aml-Metrics">
      {values.length ? (
        <dl className="aml-Metrics-values">
          {values.map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{shown(value)}</dd>
            </div>
          ))}
        </dl>
      ) : null}
      {curves.length ? (
        <div className="aml-Metrics-curves">
          {curves.map(curve => (
            <Chart
              key={curve.name}
              title={curve.name}
              at={curve.at}
              series={[{ name: curve.name, values: curve.values }]}
              height={170}
              loose
            />
          ))}
        </div>
      ) : null}
      {confusions.map((confusion, index) => (
        <Confusion key={`${confusion.name} ${index}`} trans={trans} confusion={confusion} />
      ))}
      {grids.map(grid => (
        <Grid key={grid.name} trans={trans} grid={grid} />
      ))}
      {others.map(({ name, value }, index) => (
        <details key={`${name} ${index}`} className="aml-Fold">
          <summary>{name}</summary>
          <pre className="aml-Text">{JSON.stringify(value, null, 2)}</pre>
        </details>
      ))}
    </div>
  );
}

function Grid(props: { trans: TranslationBundle; grid: IGrid }): JSX.Element {
  const { trans, grid } = props;
  return (
    <figure className="aml-Metrics-grid">
      <figcaption>{grid.name}</figcaption>
      <DataTable<unknown[]>
        label={grid.name}
        columns={grid.columns.map((column, place) => ({
          id: `${place}`,
          label: column,
          end: grid.rows.every(row => typeof row[place] === 'number'),
          by: row => sortable(row[place]),
          cell: row => shown(row[place])
        }))}
        rows={grid.rows}
        rowKey={(_, index) => String(index)}
        more={left => trans._n('Show %1 more', 'Show %1 more', left)}
      />
    </figure>
  );
}

function sortable(value: unknown): string | number | null {
  return typeof value === 'number' ? value : value === null || value === undefined ? null : shown(value);
}
