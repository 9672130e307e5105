import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IVersion } from '../../api/types';
import { DataTable, IColumn } from '../../common/DataTable';
import { When } from '../../common/ObjectLink';

/** Chooses which version a view shows; nothing where there is but one. */
export function VersionChoice(props: {
  trans: TranslationBundle;
  versions: readonly IVersion[];
  current: string;
  onChoose: (id: string) => void;
}): JSX.Element | null {
  const { trans, versions, current } = props;
  if (versions.length < 2) {
    return versions.length ? <span className="aml-View-version">{trans.__('version %1', versions[0].version)}</span> : null;
  }
  return (
    <HTMLSelect
      className="aml-View-version"
      aria-label={trans.__('Version')}
      value={current}
      onChange={event => props.onChoose(event.currentTarget.value)}
    >
      {versions.map(each => (
        <option key={each.id} value={each.id}>
          {trans.__('version %1', each.version)}
        </option>
      ))}
    </HTMLSelect>
  );
}

/** All versions; a click on one shows it. */
export function VersionsTable<T extends IVersion>(props: {
  trans: TranslationBundle;
  versions: readonly T[];
  current: string;
  onChoose: (id: string) => void;
  more?: IColumn<T>[];
}): JSX.Element {
  const { trans } = props;
  const created: IColumn<T> = {
    id: 'created',
    label: trans.__('Created'),
    by: each => each.created ?? null,
    cell: each => <When at={each.created} />
  };
  return (
    <DataTable<T>
      label={trans.__('Versions')}
      columns={[
        {
          id: 'version',
          label: trans.__('Version'),
          by: each => Number(each.version) || each.version,
          cell: each => (
            <button
              type="button"
              className="aml-Link"
              aria-label={trans.__('Show version %1', each.version)}
              onClick={() => props.onChoose(each.id)}
            >
              {each.version}
            </button>
          )
        },
        ...(props.more ?? []),
        ...(props.versions.some(each => each.created) ? [created] : [])
      ]}
      rows={props.versions}
      rowKey={each => each.id}
      current={each => each.id === props.current}
      more={left => trans._n('Show %1 more', 'Show %1 more', left)}
    />
  );
}
