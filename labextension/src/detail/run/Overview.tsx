import * as React from 'react';

import type { IRun } from '../../api/types';
import { Fact, Facts, Tags } from '../../common/Facts';
import { duration, moment } from '../../common/format';
import { ObjectLink } from '../../common/ObjectLink';
import { Section } from '../../common/Section';
import { Trouble } from '../../common/Trouble';
import type { IDetailProps } from '../../tokens';
import { Bindings } from './Bindings';
import { Images } from './Images';
import { Metrics } from './Metrics';

const PIPELINE = 'azureml.PipelineRun';

/** How a run is and why, and what it has logged. */
export function Overview(props: { view: IDetailProps; run: IRun }): JSX.Element {
  const { view, run } = props;
  const { trans } = view;
  return (
    <>
      {run.error ? <Trouble title={trans.__('Why it failed')} error={{ message: run.error }} /> : null}
      {run.description ? <p className="aml-View-description">{run.description}</p> : null}
      <Facts facts={factsOf(view, run)} />
      {run.metrics.length ? (
        <Section title={trans.__('Metrics')}>
          <Metrics trans={trans} metrics={run.metrics} />
        </Section>
      ) : null}
      {run.images.length ? (
        <Section title={trans.__('Images')} count={run.images.length}>
          <Images view={view} images={run.images} />
        </Section>
      ) : null}
      <Bindings view={view} title={trans.__('Inputs')} told={run.inputs} />
      <Bindings view={view} title={trans.__('Outputs')} told={run.outputs} />
    </>
  );
}

function factsOf(view: IDetailProps, run: IRun): Fact[] {
  const { trans } = view;
  const { parent } = run;
  return [
    [trans.__('Id'), <code key="id">{run.row.id}</code>],
    [trans.__('Experiment'), run.number ? trans.__('%1, run %2', run.experiment, String(run.number)) : run.experiment],
    [trans.__('Parent run'), parent && <ObjectLink view={view} subject={{ kind: 'runs', id: parent, name: parent }} icon />],
    [trans.__('Type'), run.run_type],
    [
      trans.__('Pipeline'),
      run.run_type === PIPELINE && (
        <ObjectLink view={view} subject={{ kind: 'pipelines', id: run.row.id, name: trans.__('Graph of the steps') }} icon />
      )
    ],
    [trans.__('Script'), run.script && <code>{run.script}</code>],
    [trans.__('Parameters'), filled(run.parameters) && <Tags tags={run.parameters} />],
    [trans.__('Target'), run.target && <Target view={view} target={run.target} />],
    [trans.__('Started'), moment(run.started)],
    [trans.__('Ended'), moment(run.ended)],
    [run.ended ? trans.__('Took') : trans.__('Has taken'), <Took key="took" run={run} />],
    [trans.__('Tags'), filled(run.tags) && <Tags tags={run.tags} />],
    [trans.__('Properties'), filled(run.properties) && <Tags tags={run.properties} />]
  ];
}

/** How long a run has taken; counts on while it goes. */
function Took(props: { run: IRun }): JSX.Element {
  const { run } = props;
  const going = !!run.started && !run.ended;
  const [, tick] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    const timer = going ? window.setInterval(tick, 1000) : 0;
    return () => window.clearInterval(timer);
  }, [going]);
  const seconds = going ? (Date.now() - Date.parse(run.started as string)) / 1000 : run.duration_s;
  return <>{duration(seconds)}</>;
}

/** The name of a cluster leads to it; `local` is no object of the workspace. */
function Target(props: { view: IDetailProps; target: string }): JSX.Element {
  const { view, target } = props;
  return view.model.find('compute', target) ? (
    <ObjectLink view={view} subject={{ kind: 'compute', id: target, name: target }} icon />
  ) : (
    <>{target}</>
  );
}

function filled(pairs: Record<string, unknown> | undefined): boolean {
  return Object.keys(pairs ?? {}).length > 0;
}
