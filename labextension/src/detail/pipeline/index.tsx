import { runIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IPipeline } from '../../api/types';
import { useActing } from '../../common/actions';
import { Button } from '../../common/Button';
import { confirm } from '../../common/Confirm';
import { CopyButton } from '../../common/CopyButton';
import { DataTable } from '../../common/DataTable';
import { Fact, Facts, Tags } from '../../common/Facts';
import { Frame } from '../../common/Frame';
import { useDetail } from '../../common/hooks';
import { ObjectLink, RowsTable, When } from '../../common/ObjectLink';
import { Empty, Section } from '../../common/Section';
import { Trouble } from '../../common/Trouble';
import type { IDetailProps } from '../../tokens';
import { EnableButton } from '../shared/EnableButton';
import { shown } from '../run/metricShapes';
import { Graph } from './Graph';
import { submitPipeline } from './submit';

// The states of steps change without a word to the list of pipelines.
const GOING_MS = 1000;

/** A published pipeline, a pipeline endpoint or a run of a pipeline: the graph with its states, and what steers it. */
export default function PipelineView(props: IDetailProps): JSX.Element {
  const fetched = useDetail(props, props.workspace, 'pipelines', props.id);
  const { trans } = props;
  const words = {
    published: trans.__('Published pipeline'),
    endpoint: trans.__('Pipeline endpoint'),
    run: trans.__('Pipeline run')
  };
  return (
    <Frame
      view={props}
      fetched={fetched}
      what={fetched.value ? words[fetched.value.type] ?? trans.__('Pipeline') : trans.__('Pipeline')}
      every={pipeline => (pipeline.type === 'run' && !pipeline.actions?.cancel ? GOING_MS : 0)}
      actions={pipeline => <Actions view={props} pipeline={pipeline} onDone={fetched.again} />}
    >
      {pipeline => <Body view={props} pipeline={pipeline} />}
    </Frame>
  );
}

function Actions(props: { view: IDetailProps; pipeline: IPipeline; onDone: () => void }): JSX.Element | null {
  const { view, pipeline } = props;
  const { trans } = view;
  const { doing, act } = useActing(trans);
  const state = pipeline.row.state ?? '';
  const cancel = async () => {
    const sure = await confirm({
      title: trans.__('Cancel this run?'),
      body: trans.__('The steps that run are ended, and no other begins.'),
      action: trans.__('Cancel the run'),
      trans
    });
    if (sure) {
      await act('cancel', () => view.client.act(view.workspace, 'pipelines', view.id, 'cancel'));
      props.onDone();
    }
  };
  if (pipeline.type === 'run') {
    return pipeline.actions?.cancel ? null : (
      <Button
        danger
        icon={stopIcon}
        label={trans.__('Cancel')}
        busy={doing !== null || state === 'CancelRequested'}
        onClick={() => void cancel()}
      />
    );
  }
  return (
    <>
      <Button
        icon={runIcon}
        label={trans.__('Submit…')}
        reason={pipeline.actions?.submit ? trans.__('It is disabled: enable it first.') : null}
        onClick={() => void submitPipeline(view, pipeline)}
      />
      <EnableButton view={view} active={!pipeline.actions?.disable} onDone={props.onDone} />
    </>
  );
}

function Body(props: { view: IDetailProps; pipeline: IPipeline }): JSX.Element {
  const { view, pipeline } = props;
  const { trans } = view;
  const states = pipeline.graph?.nodes.some(node => node.state) ?? false;
  return (
    <>
      {pipeline.error ? <Trouble title={trans.__('Why it failed')} error={{ message: pipeline.error }} /> : null}
      {pipeline.description ? <p className="aml-View-description">{pipeline.description}</p> : null}
      <Facts facts={factsOf(view, pipeline)} />
      {pipeline.graph?.nodes.length ? (
        <Section title={states ? trans.__('Steps and how they are') : trans.__('Steps')} count={pipeline.graph.nodes.length}>
          <Graph view={view} graph={pipeline.graph} runOf={id => stepRun(pipeline, id)} />
        </Section>
      ) : null}
      {pipeline.parameters.length ? (
        <Section title={trans.__('Parameters')} count={pipeline.parameters.length}>
          <DataTable
            label={trans.__('Parameters')}
            columns={[
              { id: 'name', label: trans.__('Name'), by: each => each.name, cell: each => <code>{each.name}</code> },
              {
                id: 'default',
                label: pipeline.type === 'run' ? trans.__('Value') : trans.__('Default'),
                cell: each => <code>{shown(each.default)}</code>
              }
            ]}
            rows={pipeline.parameters}
            rowKey={each => each.name}
            more={left => trans._n('Show %1 more', 'Show %1 more', left)}
          />
        </Section>
      ) : null}
      {pipeline.type === 'run' ? null : (
        <Section title={trans.__('Schedules')} count={pipeline.schedules.length}>
          {pipeline.schedules.length ? (
            <RowsTable view={view} label={trans.__('Schedules')} rows={pipeline.schedules} />
          ) : (
            <Empty>{trans.__('Nothing submits this pipeline by itself.')}</Empty>
          )}
        </Section>
      )}
      {pipeline.versions.length ? (
        <Section title={trans.__('Versions')} count={pipeline.versions.length}>
          <Versions view={view} pipeline={pipeline} />
        </Section>
      ) : null}
      <Section title={pipeline.type === 'run' ? trans.__('Runs of the steps') : trans.__('Runs')} count={pipeline.runs.length}>
        {pipeline.runs.length ? (
          <RowsTable view={view} label={trans.__('Runs')} rows={pipeline.runs} />
        ) : (
          <Empty>{trans.__('It has not run yet.')}</Empty>
        )}
      </Section>
    </>
  );
}

function factsOf(view: IDetailProps, pipeline: IPipeline): Fact[] {
  const { trans } = view;
  const { endpoint, row } = pipeline;
  return [
    [trans.__('Id'), <code key="id">{row.id}</code>],
    [trans.__('Version'), row.version],
    [trans.__('About'), pipeline.type === 'run' ? row.about : null],
    [
      trans.__('Run'),
      pipeline.type === 'run' && (
        <ObjectLink view={view} subject={{ kind: 'runs', id: row.id, name: trans.__('Logs, metrics and files') }} icon />
      )
    ],
    [
      trans.__('REST endpoint'),
      endpoint && (
        <span className="aml-Copied">
          <code>{endpoint}</code>
          <CopyButton text={endpoint} label={trans.__('Copy the address')} trans={trans} />
        </span>
      )
    ],
    [trans.__('Created'), <When key="created" at={row.created} />],
    [trans.__('Tags'), Object.keys(row.tags ?? {}).length ? <Tags tags={row.tags} /> : null]
  ];
}

/** The versions of an endpoint: each a published pipeline. */
function Versions(props: { view: IDetailProps; pipeline: IPipeline }): JSX.Element {
  const { view, pipeline } = props;
  const { trans } = view;
  return (
    <DataTable
      label={trans.__('Versions')}
      columns={[
        {
          id: 'version',
          label: trans.__('Version'),
          by: each => each.version,
          cell: each => (
            <ObjectLink view={view} subject={{ kind: 'pipelines', id: each.id, name: each.version }} icon />
          )
        },
        {
          id: 'default',
          label: trans.__('Default'),
          cell: each => (each.version === pipeline.row.version ? trans.__('default') : null)
        },
        {
          id: 'created',
          label: trans.__('Created'),
          by: each => each.created ?? null,
          cell: each => <When at={each.created} />
        }
      ]}
      rows={pipeline.versions}
      rowKey={each => each.version}
      current={each => each.id === view.id}
      more={left => trans._n('Show %1 more', 'Show %1 more', left)}
    />
  );
}

/** The run of a step: by the node where the server says it, else by the name. */
function stepRun(pipeline: IPipeline, id: string): string | null {
  const node = pipeline.graph?.nodes.find(each => each.id === id);
  if (!node || pipeline.type !== 'run') {
    return null;
  }
  return node.run !== undefined ? node.run : pipeline.runs.find(run => run.name === node.name)?.id ?? null;
}
