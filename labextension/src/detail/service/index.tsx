import * as React from 'react';

import { Frame } from '../../common/Frame';
import { useDetail } from '../../common/hooks';
import { Tabs } from '../../common/Tabs';
import type { IDetailProps } from '../../tokens';
import { Access } from './Access';
import { Actions } from './Actions';
import { ClientCode } from './ClientCode';
import { LogTab } from './LogTab';
import { MetricsTab } from './MetricsTab';
import { Overview } from './Overview';
import { Sent } from './sending';
import { TestTab } from './TestTab';
import { IServiceProps, useRow } from './useRow';

const SOON_MS = 2000;

/** The view of a web service: its state and why, its keys, a request to try, its log and its figures. */
export default function ServiceView(props: IDetailProps): JSX.Element {
  const { trans, workspace, id } = props;
  const fetched = useDetail(props, workspace, 'services', id);
  const { value, again } = fetched;
  const row = useRow(props, value?.row ?? null);
  const live = { ...fetched, value: value && row ? { ...value, row } : null };
  return (
    <Frame
      view={props}
      // Replicas come up without the state of the service being another.
      every={service => (service.replicas === service.replicas_wanted ? 0 : SOON_MS)}
      fetched={live}
      what={value ? trans.__('Web service on %1', value.compute_type) : trans.__('Web service')}
      actions={service => <Actions {...props} service={service} row={service.row} again={again} />}
    >
      {service => <Body {...props} service={service} row={service.row} again={again} />}
    </Frame>
  );
}

function Body(props: IServiceProps): JSX.Element {
  const { trans, row } = props;
  const [tab, setTab] = React.useState('overview');
  // What was sent is kept while the view is open, whichever tab is shown.
  const [sent, setSent] = React.useState<readonly Sent[]>([]);
  const [draft, setDraft] = React.useState<string | null>(null);
  return (
    <div className="aml-Service">
      <Access {...props} />
      <Tabs
        label={trans.__('Service %1', row.name)}
        active={tab}
        onActivate={setTab}
        tabs={[
          { id: 'overview', label: trans.__('Overview'), render: () => <Overview {...props} onTab={setTab} /> },
          {
            id: 'test',
            label: trans.__('Test'),
            render: () => <TestTab {...props} sent={sent} onSent={setSent} draft={draft} onDraft={setDraft} />
          },
          { id: 'log', label: trans.__('Log'), render: () => <LogTab {...props} /> },
          { id: 'metrics', label: trans.__('Metrics'), render: () => <MetricsTab {...props} /> },
          { id: 'code', label: trans.__('Client code'), render: () => <ClientCode {...props} /> }
        ]}
      />
    </div>
  );
}
