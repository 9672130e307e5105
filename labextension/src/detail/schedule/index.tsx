import * as React from 'react';

import type { ISchedule } from '../../api/types';
import { DataTable } from '../../common/DataTable';
import { Fact, Facts } from '../../common/Facts';
import { ago, moment } from '../../common/format';
import { Frame } from '../../common/Frame';
import { useDetail } from '../../common/hooks';
import { ObjectLink, RowsTable } from '../../common/ObjectLink';
import { Empty, Section } from '../../common/Section';
import { Trouble } from '../../common/Trouble';
import type { IDetailProps } from '../../tokens';
import { shown } from '../run/metricShapes';
import { EnableButton } from '../shared/EnableButton';

/** A schedule: when it submits which pipeline, in words, and the runs that it has made. */
export default function ScheduleView(props: IDetailProps): JSX.Element {
  const fetched = useDetail(props, props.workspace, 'schedules', props.id);
  const { trans } = props;
  return (
    <Frame
      view={props}
      fetched={fetched}
      what={trans.__('Schedule')}
      actions={schedule => <EnableButton view={props} active={schedule.status === 'Active'} onDone={fetched.again} />}
    >
      {schedule => <Body view={props} schedule={schedule} />}
    </Frame>
  );
}

function Body(props: { view: IDetailProps; schedule: ISchedule }): JSX.Element {
  const { view, schedule } = props;
  const { trans } = view;
  const parameters = parametersOf(schedule);
  return (
    <>
      {schedule.trouble ? (
        <Trouble title={trans.__('It did not run when it was due')} error={{ message: schedule.trouble }} />
      ) : null}
      {schedule.description ? <p className="aml-View-description">{schedule.description}</p> : null}
      {schedule.recurrence ? <p className="aml-View-lead">{schedule.recurrence}</p> : null}
      <Facts facts={factsOf(view, schedule)} />
      {parameters.length ? (
        <Section title={trans.__('Parameters')} count={parameters.length}>
          <DataTable
            label={trans.__('Parameters')}
            columns={[
              { id: 'name', label: trans.__('Name'), cell: each => <code>{each.name}</code> },
              { id: 'value', label: trans.__('Value'), cell: each => <code>{shown(each.value)}</code> }
            ]}
            rows={parameters}
            rowKey={each => each.name}
            more={left => trans._n('Show %1 more', 'Show %1 more', left)}
          />
        </Section>
      ) : null}
      <Section title={trans.__('Runs')} count={schedule.runs.length}>
        {schedule.runs.length ? (
          <RowsTable view={view} label={trans.__('Runs')} rows={schedule.runs} />
        ) : (
          <Empty>{trans.__('It has not submitted a run yet.')}</Empty>
        )}
      </Section>
    </>
  );
}

function factsOf(view: IDetailProps, schedule: ISchedule): Fact[] {
  const { trans } = view;
  const off = schedule.status !== 'Active';
  return [
    [trans.__('Id'), <code key="id">{schedule.row.id}</code>],
    [trans.__('Pipeline'), <Pipeline key="pipeline" view={view} schedule={schedule} />],
    [trans.__('Experiment'), schedule.experiment],
    [
      trans.__('Next run'),
      off ? trans.__('none while it is disabled') : schedule.next_run && <Moment at={schedule.next_run} />
    ],
    [trans.__('Last run'), schedule.last_run && <Moment at={schedule.last_run} />]
  ];
}

function Pipeline(props: { view: IDetailProps; schedule: ISchedule }): JSX.Element {
  const { pipeline, pipeline_id: id } = props.schedule;
  const name = pipeline ?? id ?? '';
  return id ? <ObjectLink view={props.view} subject={{ kind: 'pipelines', id, name }} icon /> : <>{name}</>;
}

function Moment(props: { at: string }): JSX.Element {
  return (
    <time dateTime={props.at}>
      {moment(props.at)} <span className="aml-mod-quiet">({ago(props.at)})</span>
    </time>
  );
}

function parametersOf({ parameters }: ISchedule): { name: string; value: unknown }[] {
  if (Array.isArray(parameters)) {
    return parameters;
  }
  return Object.entries(parameters ?? {}).map(([name, value]) => ({ name, value }));
}
