import { stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IRun } from '../../api/types';
import { useActing } from '../../common/actions';
import { Button } from '../../common/Button';
import { confirm } from '../../common/Confirm';
import { Frame } from '../../common/Frame';
import { useDetail } from '../../common/hooks';
import { RowsTable } from '../../common/ObjectLink';
import { ITab, Tabs } from '../../common/Tabs';
import type { IDetailProps } from '../../tokens';
import { FilesTable } from '../shared/FilesTable';
import { saveFile } from '../shared/saveFile';
import { Logs } from './Logs';
import { Overview } from './Overview';

// Metrics and child runs are written without a word to the store.
const GOING_MS = 1500;

/** A run: how it is and why, what it logged, its logs, files and children. */
export default function RunView(props: IDetailProps): JSX.Element {
  const fetched = useDetail(props, props.workspace, 'runs', props.id);
  const { trans } = props;
  return (
    <Frame
      view={props}
      fetched={fetched}
      what={trans.__('Run')}
      every={run => (run.cancel ? 0 : GOING_MS)}
      actions={run => (run.cancel ? null : <CancelButton view={props} run={run} onDone={fetched.again} />)}
    >
      {run => <Body view={props} run={run} />}
    </Frame>
  );
}

function Body(props: { view: IDetailProps; run: IRun }): JSX.Element {
  const { view, run } = props;
  const { trans } = view;
  const [active, setActive] = React.useState('overview');
  const tabs: ITab[] = [
    { id: 'overview', label: trans.__('Overview'), render: () => <Overview view={view} run={run} /> },
    {
      id: 'logs',
      label: trans.__('Logs'),
      note: run.logs.length || null,
      render: () => <Logs view={view} logs={run.logs} />
    },
    {
      id: 'children',
      label: trans.__('Child runs'),
      note: run.children.length || null,
      render: () =>
        run.children.length ? (
          <RowsTable view={view} label={trans.__('Child runs')} rows={run.children} />
        ) : (
          <p className="aml-Empty">{trans.__('This run has no child runs.')}</p>
        )
    },
    {
      id: 'files',
      label: trans.__('Files'),
      note: run.files.length || null,
      render: () =>
        run.files.length ? (
          <FilesTable trans={trans} files={run.files} open={name => void saveFile(view, name)} />
        ) : (
          <p className="aml-Empty">{trans.__('This run has no files yet.')}</p>
        )
    }
  ];
  return <Tabs label={trans.__('Parts of the run')} tabs={tabs} active={active} onActivate={setActive} />;
}

function CancelButton(props: { view: IDetailProps; run: IRun; onDone: () => void }): JSX.Element {
  const { view, run } = props;
  const { trans } = view;
  const { doing, act } = useActing(trans);
  const onClick = async () => {
    const sure = await confirm({
      title: trans.__('Cancel this run?'),
      body: trans.__('"%1" and its child runs are ended; what they have logged stays.', run.row.name),
      action: trans.__('Cancel the run'),
      trans
    });
    if (sure) {
      await act('cancel', () => view.client.act(view.workspace, 'runs', view.id, 'cancel'));
      props.onDone();
    }
  };
  return (
    <Button
      danger
      icon={stopIcon}
      label={trans.__('Cancel')}
      busy={doing !== null || run.status === 'CancelRequested'}
      onClick={() => void onClick()}
    />
  );
}
