import * as React from 'react';

import { useDetail } from '../../common/hooks';
import { Tabs } from '../../common/Tabs';
import { Trouble } from '../../common/Trouble';
import type { IDetailProps } from '../../tokens';
import { ActionBar } from './ActionBar';
import { ClientCode } from './ClientCode';
import { Header } from './Header';
import { LogTab } from './LogTab';
import { MetricsTab } from './MetricsTab';
import { Overview } from './Overview';
import { TestTab } from './TestTab';
import { Sent } from './sending';
import { useRow } from './useRow';

/** The view of a web service: its state and why, its keys, a request to try, its log and its figures. */
export default function ServiceView(props: IDetailProps): JSX.Element {
  const { trans, workspace, id } = props;
  const { value: service, error, busy, again } = useDetail(props, workspace, 'services', id);
  const { row, gone } = useRow(props, service?.row ?? null, error);
  const [tab, setTab] = React.useState('overview');
  // What was sent is kept while the view is open, whichever tab is shown.
  const [sent, setSent] = React.useState<readonly Sent[]>([]);
  const [draft, setDraft] = React.useState<string | null>(null);

  if (!service) {
    return (
      <div className="aml-Detail aml-Service">
        {error ? (
          <Trouble title={gone ? trans.__('There is no service %1', id) : undefined} error={error}>
            <button type="button" className="jp-Button jp-mod-styled jp-mod-minimal" onClick={again}>
              {trans.__('Try again')}
            </button>
          </Trouble>
        ) : (
          <p className="aml-Empty" role="status">
            {trans.__('Reading the service…')}
          </p>
        )}
      </div>
    );
  }
  const given = { ...props, service, row: row ?? service.row, gone, again };
  return (
    <div className={`aml-Detail aml-Service ${gone ? 'aml-mod-gone' : ''}`} aria-busy={busy}>
      {gone && (
        <p className="aml-Service-gone" role="status">
          {trans.__('This service was deleted. What is shown is how it was last.')}
        </p>
      )}
      {error && !gone && <Trouble title={trans.__('Shown as it was last')} error={error} />}
      <Header {...given} />
      <ActionBar {...given} />
      <Tabs
        label={trans.__('Service %1', service.row.name)}
        active={tab}
        onActivate={setTab}
        tabs={[
          { id: 'overview', label: trans.__('Overview'), render: () => <Overview {...given} onTab={setTab} /> },
          {
            id: 'test',
            label: trans.__('Test'),
            render: () => <TestTab {...given} sent={sent} onSent={setSent} draft={draft} onDraft={setDraft} />
          },
          { id: 'log', label: trans.__('Log'), render: () => <LogTab {...given} /> },
          { id: 'metrics', label: trans.__('Metrics'), render: () => <MetricsTab {...given} /> },
          { id: 'code', label: trans.__('Client code'), render: () => <ClientCode {...given} /> }
        ]}
      />
    </div>
  );
}
