import { runIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ICompute } from '../../api/types';
import { useActing } from '../../common/actions';
import { Button } from '../../common/Button';
import { DataTable } from '../../common/DataTable';
import { Fact, Facts, Tags } from '../../common/Facts';
import { duration } from '../../common/format';
import { Frame } from '../../common/Frame';
import { useDetail } from '../../common/hooks';
import { RowsTable, When } from '../../common/ObjectLink';
import { Empty, Section } from '../../common/Section';
import type { IDetailProps } from '../../tokens';
import { DeleteButton } from '../shared/DeleteButton';
import { Errors } from './Errors';
import { Nodes, Waiting } from './Nodes';
import { quotasOf } from './quota';

// Nodes come, work and go without a word to the store.
const NODES_MS = 2000;

/** A compute target: its state, why it has failed, its nodes and what runs on them. */
export default function ComputeView(props: IDetailProps): JSX.Element {
  const fetched = useDetail(props, props.workspace, 'compute', props.id);
  const { trans } = props;
  return (
    <Frame
      view={props}
      fetched={fetched}
      what={fetched.value?.type ?? trans.__('Compute')}
      every={compute => (compute.type === 'AmlCompute' || compute.row.tone === 'busy' ? NODES_MS : 0)}
      actions={compute => (
        <>
          <Power view={props} compute={compute} />
          <DeleteButton
            view={props}
            question={trans.__('Delete the compute target %1?', props.id)}
            body={trans.__('What runs or is served on it ends.')}
            reason={compute.actions?.delete}
          />
        </>
      )}
    >
      {compute => <Body view={props} compute={compute} />}
    </Frame>
  );
}

/** Starts and stops a compute instance; other targets have no such button. */
function Power(props: { view: IDetailProps; compute: ICompute }): JSX.Element | null {
  const { view, compute } = props;
  const { trans } = view;
  const { doing, act } = useActing(trans);
  if (compute.type !== 'ComputeInstance') {
    return null;
  }
  const action = compute.actions?.start === null ? 'start' : 'stop';
  const stopped = action === 'start';
  return (
    <Button
      icon={stopped ? runIcon : stopIcon}
      label={stopped ? trans.__('Start') : trans.__('Stop')}
      busy={doing !== null}
      reason={compute.actions?.[action]}
      onClick={() => void act(action, () => view.client.act(view.workspace, 'compute', view.id, action))}
    />
  );
}

function Body(props: { view: IDetailProps; compute: ICompute }): JSX.Element {
  const { view, compute } = props;
  const { trans } = view;
  const quotas = quotasOf(compute.quota);
  const cluster = compute.type === 'AmlCompute' && !compute.errors.length;
  return (
    <>
      {compute.errors.length ? <Errors trans={trans} errors={compute.errors} /> : null}
      <Facts facts={factsOf(view, compute)} />
      {cluster ? (
        <Section title={trans.__('Nodes')} count={compute.nodes.length}>
          <Nodes view={view} compute={compute} />
          <Waiting view={view} runs={compute.waiting ?? []} />
        </Section>
      ) : null}
      {compute.services.length || /aks/i.test(compute.type) ? (
        <Section title={trans.__('Services')} count={compute.services.length}>
          {compute.services.length ? (
            <RowsTable view={view} label={trans.__('Services')} rows={compute.services} />
          ) : (
            <Empty>{trans.__('Nothing is deployed on it.')}</Empty>
          )}
        </Section>
      ) : null}
      {quotas.length ? (
        <Section title={trans.__('Quota of the workspace')}>
          <DataTable
            label={trans.__('Quota of the workspace')}
            columns={[
              { id: 'name', label: trans.__('Of what'), by: quota => quota.name, cell: quota => quota.name },
              { id: 'used', label: trans.__('Used'), end: true, by: quota => quota.used, cell: quota => quota.used ?? '–' },
              {
                id: 'limit',
                label: trans.__('Limit'),
                end: true,
                by: quota => quota.limit,
                cell: quota => (quota.limit === null || quota.limit < 0 ? trans.__('none') : quota.limit)
              },
              {
                id: 'share',
                label: trans.__('Share'),
                cell: quota =>
                  quota.used !== null && quota.limit !== null && quota.limit > 0 ? (
                    <meter min={0} max={quota.limit} high={quota.limit * 0.9} value={quota.used} aria-label={quota.name} />
                  ) : null
              }
            ]}
            rows={quotas}
            rowKey={quota => quota.name}
            more={left => trans._n('Show %1 more', 'Show %1 more', left)}
          />
        </Section>
      ) : null}
    </>
  );
}

function factsOf(view: IDetailProps, compute: ICompute): Fact[] {
  const { trans } = view;
  const { min_nodes: least, max_nodes: most, row } = compute;
  const scale = most === null ? null : least === null || least === most ? String(most) : trans.__('%1 to %2', String(least), String(most));
  return [
    [trans.__('Type'), compute.type],
    [trans.__('State'), compute.state],
    [trans.__('Provisioning state'), compute.provisioning === compute.state ? null : compute.provisioning],
    [trans.__('Size'), compute.vm_size],
    [trans.__('Address'), compute.address && <code>{compute.address}</code>],
    [trans.__('Nodes'), scale],
    [trans.__('Idle before scaling down'), duration(compute.idle_seconds)],
    [trans.__('Created'), <When key="created" at={row.created} />],
    [trans.__('Tags'), Object.keys(row.tags ?? {}).length ? <Tags tags={row.tags} /> : null]
  ];
}
