import * as React from 'react';

import type { ICompute, Tone } from '../../api/types';
import { Badge } from '../../common/Badge';
import { DataTable } from '../../common/DataTable';
import { ObjectLink } from '../../common/ObjectLink';
import { Empty } from '../../common/Section';
import type { IDetailProps } from '../../tokens';

/** The nodes of a cluster, their states, and the run that each has. */
export function Nodes(props: { view: IDetailProps; compute: ICompute }): JSX.Element {
  const { view, compute } = props;
  const { trans } = view;
  if (!compute.nodes.length) {
    return <Empty>{trans.__('No node is up. The next run that is submitted to it starts one.')}</Empty>;
  }
  return (
    <DataTable
      label={trans.__('Nodes')}
      columns={[
        { id: 'id', label: trans.__('Node'), by: node => node.id, cell: node => <code className="aml-Short" title={node.id}>{node.id}</code> },
        {
          id: 'state',
          label: trans.__('State'),
          by: node => node.state,
          cell: node => <Badge tone={toneOf(node.state)} label={node.state} />
        },
        {
          id: 'run',
          label: trans.__('Run'),
          cell: node =>
            node.run ? (
              <ObjectLink
                view={view}
                subject={{ kind: 'runs', id: node.run, name: view.model.find('runs', node.run)?.name ?? node.run }}
                icon
              />
            ) : (
              <span className="aml-mod-quiet">–</span>
            )
        }
      ]}
      rows={compute.nodes}
      rowKey={node => node.id}
      more={left => trans._n('Show %1 more', 'Show %1 more', left)}
    />
  );
}

/** The runs that wait for a node, in the order in which they get one. */
export function Waiting(props: { view: IDetailProps; runs: readonly string[] }): JSX.Element | null {
  const { view, runs } = props;
  const { trans } = view;
  return runs.length ? (
    <div className="aml-Waiting">
      {trans._n('%1 run waits for a node:', '%1 runs wait for a node:', runs.length)}
      <ol className="aml-Plain">
        {runs.map(id => (
          <li key={id}>
            <ObjectLink view={view} subject={{ kind: 'runs', id, name: view.model.find('runs', id)?.name ?? id }} icon />
          </li>
        ))}
      </ol>
    </div>
  ) : null;
}

function toneOf(state: string): Tone {
  switch (state.toLowerCase()) {
    case 'running':
      return 'ok';
    case 'preparing':
    case 'leaving':
      return 'busy';
    case 'unusable':
      return 'bad';
    case 'preempted':
      return 'warn';
    default:
      return 'idle';
  }
}
