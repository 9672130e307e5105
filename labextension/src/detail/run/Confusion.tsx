import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { shown, IConfusion } from './metricShapes';

/** A confusion matrix as a table whose cells are the darker the more they count. */
export function Confusion(props: { trans: TranslationBundle; confusion: IConfusion }): JSX.Element {
  const { trans, confusion } = props;
  const { name, labels, matrix } = confusion;
  return (
    <figure className="aml-Confusion">
      <figcaption>{name}</figcaption>
      <table aria-label={trans.__('%1: a row for each true label, a column for each predicted one', name)}>
        <thead>
          <tr>
            <th scope="col">{trans.__('true ╲ predicted')}</th>
            {labels.map((label, index) => (
              <th key={index} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrix.map((row, index) => (
            <tr key={index}>
              <th scope="row">{labels[index]}</th>
              {row.map((count, place) => (
                <td key={place} style={{ '--aml-share': share(count, row) } as React.CSSProperties}>
                  {shown(count)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

/** The part of a row's answers that went here. */
function share(count: number, row: readonly number[]): string {
  const all = row.reduce((sum, each) => sum + (each || 0), 0);
  return all > 0 && count > 0 ? (count / all).toFixed(3) : '0';
}
