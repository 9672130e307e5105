import * as React from 'react';

import { Fact, Facts, Tags } from '../../common/Facts';
import { Empty, Section } from '../../common/Section';
import { ObjectLink, When } from '../../common/ObjectLink';
import { DiagnosisCard } from './DiagnosisCard';
import type { IServiceProps } from './useRow';

/** What the service is made of; first of all what is wrong with it, where something is. */
export function Overview(props: IServiceProps & { onTab(id: string): void }): JSX.Element {
  const { service, trans } = props;
  return (
    <div className="aml-Service-overview">
      {service.diagnosis && (
        <DiagnosisCard diagnosis={service.diagnosis} app={props.app} trans={trans} mild={props.row.tone === 'ok'}>
          <button type="button" className="aml-Link" onClick={() => props.onTab('log')}>
            {trans.__('See the log')}
          </button>
        </DiagnosisCard>
      )}
      {service.description && <p className="aml-Service-about">{service.description}</p>}
      <Section title={trans.__('Models')} count={service.models.length}>
        <Models {...props} />
      </Section>
      <Section title={trans.__('Runs with')}>
        <Facts facts={made(props)} />
      </Section>
      {Object.keys(service.tags).length > 0 && (
        <Section title={trans.__('Tags')}>
          <Tags tags={service.tags} />
        </Section>
      )}
      {Object.keys(service.properties).length > 0 && (
        <Section title={trans.__('Properties')}>
          <Tags tags={service.properties} />
        </Section>
      )}
    </div>
  );
}

function Models(props: IServiceProps): JSX.Element {
  const { service, trans } = props;
  if (!service.models.length) {
    return <Empty>{trans.__('The service was deployed without a registered model.')}</Empty>;
  }
  return (
    <ul className="aml-Service-models">
      {service.models.map(model => (
        <li key={model.id}>
          <ObjectLink view={props} subject={{ kind: 'models', id: model.id, name: model.name }} icon />
          {model.version && <span className="aml-mod-dim">{trans.__('version %1', model.version)}</span>}
        </li>
      ))}
    </ul>
  );
}

function made(props: IServiceProps): Fact[] {
  const { service, trans } = props;
  const { environment } = service;
  const scaling = service.autoscale && service.autoscale.enabled !== false ? service.autoscale : null;
  return [
    [
      trans.__('Environment'),
      environment && (
        <ObjectLink view={props} subject={{ kind: 'environments', id: environment, name: environment }} icon />
      )
    ],
    [trans.__('Entry script'), service.entry_script && <code>{scriptOf(service)}</code>],
    [
      trans.__('Compute'),
      service.compute ? (
        <ObjectLink view={props} subject={{ kind: 'compute', id: service.compute, name: service.compute }} icon />
      ) : (
        service.compute_type
      )
    ],
    [trans.__('Engine'), service.engine],
    [trans.__('Image'), service.image && <code>{service.image}</code>],
    [trans.__('CPU cores'), service.cpu],
    [trans.__('Memory'), service.memory_gb === null ? null : `${service.memory_gb} GB`],
    [
      trans.__('Replicas'),
      service.replicas === service.replicas_wanted
        ? service.replicas
        : trans.__('%1 of %2 are up', service.replicas ?? 0, service.replicas_wanted ?? 0)
    ],
    [
      trans.__('Scales by itself'),
      scaling && trans.__('%1 to %2 replicas', scaling.min_replicas ?? 1, scaling.max_replicas ?? 10)
    ],
    [trans.__('Application Insights'), service.app_insights && trans.__('collects requests, traces and exceptions')],
    [trans.__('Created'), service.created && <When at={service.created} />],
    [trans.__('Updated'), service.updated !== service.created && service.updated && <When at={service.updated} />],
    [trans.__('Swagger'), service.swagger_uri && <code>{service.swagger_uri}</code>]
  ];
}

function scriptOf({ source_directory, entry_script }: IServiceProps['service']): string {
  const absolute = !source_directory || entry_script?.startsWith('/');
  return absolute ? (entry_script ?? '') : `${source_directory.replace(/\/+$/, '')}/${entry_script}`;
}
