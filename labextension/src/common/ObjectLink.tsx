import * as React from 'react';

import type { IRow, Kind } from '../api/types';
import { CommandIDs, IDetailProps } from '../tokens';
import { Badge } from './Badge';
import { DataTable, IColumn } from './DataTable';
import { ago, moment } from './format';
import { kindIcon } from './icons';

interface ISubject {
  kind: Kind;
  id: string;
  name: string;
}

/** A link that opens the view of another object of the same workspace. */
export function ObjectLink(props: { view: IDetailProps; subject: ISubject; icon?: boolean }): JSX.Element {
  const { view, subject } = props;
  const Icon = kindIcon(subject.kind).react;
  const { kind, id } = subject;
  const open = () => void view.app.commands.execute(CommandIDs.open, { workspace: view.workspace, kind, id });
  return (
    <button type="button" className="aml-Link" title={id} onClick={open}>
      {props.icon ? <Icon tag="span" className="aml-Link-icon" aria-hidden="true" /> : null}
      {subject.name}
    </button>
  );
}

/** Rows of other objects as a table of links with their states. */
export function RowsTable(props: {
  view: IDetailProps;
  label: string;
  rows: readonly IRow[];
  more?: IColumn<IRow>[];
}): JSX.Element {
  const { view } = props;
  const { trans } = view;
  const states = props.rows.some(row => row.state);
  const columns: IColumn<IRow>[] = [
    {
      id: 'name',
      label: trans.__('Name'),
      by: row => row.name,
      cell: row => <ObjectLink view={view} subject={row} icon />
    },
    ...(states
      ? [
          {
            id: 'state',
            label: trans.__('State'),
            by: (row: IRow) => row.state,
            cell: (row: IRow) => (row.state ? <Badge tone={row.tone} label={row.state} /> : null)
          }
        ]
      : []),
    ...(props.more ?? []),
    { id: 'about', label: trans.__('About'), cell: row => <span className="aml-mod-quiet">{row.about}</span> },
    {
      id: 'created',
      label: trans.__('Created'),
      by: row => row.created,
      cell: row => <When at={row.created} />
    }
  ];
  return (
    <DataTable
      label={props.label}
      columns={columns}
      rows={props.rows}
      rowKey={row => `${row.kind} ${row.id}`}
      more={left => trans._n('Show %1 more', 'Show %1 more', left)}
    />
  );
}

/** A time: how long ago, and exactly when the pointer rests on it. */
export function When(props: { at: string | null | undefined }): JSX.Element | null {
  return props.at ? (
    <time dateTime={props.at} title={moment(props.at)}>
      {ago(props.at)}
    </time>
  ) : null;
}
