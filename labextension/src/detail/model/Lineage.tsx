import * as React from 'react';

import type { IModel, IRow } from '../../api/types';
import { Badge } from '../../common/Badge';
import { kindIcon } from '../../common/icons';
import { ObjectLink } from '../../common/ObjectLink';
import type { IDetailProps } from '../../tokens';

/** Where a model comes from and where it goes to: datasets, run, model, services; one step after the other. */
export function Lineage(props: { view: IDetailProps; model: IModel }): JSX.Element {
  const { view, model } = props;
  const { trans } = view;
  const { datasets, run, services } = model.lineage;
  return (
    <ol className="aml-Lineage" aria-label={trans.__('From the data to the services')}>
      <Step title={trans.__('Data')} empty={trans.__('No dataset was told')} view={view} rows={datasets} />
      <Step title={trans.__('Run')} empty={trans.__('Not registered by a run')} view={view} rows={run ? [run] : []} />
      <Step title={trans.__('Model')} view={view} rows={[model.row]} here />
      <Step title={trans.__('Services')} empty={trans.__('Not deployed')} view={view} rows={services} />
    </ol>
  );
}

function Step(props: { title: string; view: IDetailProps; rows: IRow[]; empty?: string; here?: boolean }): JSX.Element {
  return (
    <li className={`aml-Lineage-step ${props.rows.length ? '' : 'aml-mod-empty'} ${props.here ? 'aml-mod-here' : ''}`}>
      <span className="aml-Lineage-title">{props.title}</span>
      {props.rows.length ? (
        <ul>
          {props.rows.map(row => (
            <li key={row.id}>{props.here ? <Here row={row} /> : <Linked view={props.view} row={row} />}</li>
          ))}
        </ul>
      ) : (
        <span className="aml-mod-quiet">{props.empty}</span>
      )}
    </li>
  );
}

/** A row that has an id is an object that still is there; others are only named. */
function Linked(props: { view: IDetailProps; row: IRow }): JSX.Element {
  const { view, row } = props;
  const name = row.version ? `${row.name}:${row.version}` : row.name;
  return (
    <>
      {row.id ? <ObjectLink view={view} subject={{ ...row, name }} icon /> : <span>{name}</span>}
      {row.state ? <Badge tone={row.tone} label={row.state} /> : null}
    </>
  );
}

function Here(props: { row: IRow }): JSX.Element {
  const Icon = kindIcon('models').react;
  return (
    <span className="aml-Lineage-here" aria-current="true">
      <Icon tag="span" className="aml-Link-icon" aria-hidden="true" />
      {props.row.id}
    </span>
  );
}
