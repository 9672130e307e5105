import * as React from 'react';

import { Badge } from '../../common/Badge';
import { CopyButton } from '../../common/CopyButton';
import { ago, moment } from '../../common/format';
import { Keys } from './Keys';
import type { IServiceProps } from './useRow';

/** Which service it is, how it is and why, where it is called and with which key. */
export function Header(props: IServiceProps): JSX.Element {
  const { service, row, trans } = props;
  return (
    <header className="aml-Service-header">
      <div className="aml-Service-name">
        <h1>{row.name}</h1>
        <span role="status">
          <Badge tone={row.tone} label={row.state ?? trans.__('Unknown')} title={moment(row.at)} />
        </span>
        <span className="aml-Service-kind">
          {[service.compute_type, service.engine].filter(Boolean).join(' · ')}
        </span>
        <Times {...props} />
      </div>
      {service.why && row.tone !== 'ok' && <p className={`aml-Service-why aml-mod-${row.tone}`}>{service.why}</p>}
      <dl className="aml-Facts aml-Service-access">
        <div className="aml-Facts-row">
          <dt>{trans.__('Scoring URI')}</dt>
          <dd>
            {service.scoring_uri ? (
              <>
                <code>{service.scoring_uri}</code>
                <CopyButton text={service.scoring_uri} label={trans.__('Copy the scoring URI')} trans={trans} />
              </>
            ) : (
              <span className="aml-mod-dim">{trans.__('none yet: the service has no address')}</span>
            )}
          </dd>
        </div>
        <Keys {...props} />
      </dl>
    </header>
  );
}

function Times({ service, trans }: IServiceProps): JSX.Element {
  const { created, updated } = service;
  useMinutes();
  return (
    <span className="aml-Service-times">
      {created && <span title={moment(created)}>{trans.__('created %1', ago(created))}</span>}
      {updated && updated !== created && <span title={moment(updated)}>{trans.__('updated %1', ago(updated))}</span>}
    </span>
  );
}

/** Draw again each minute, as what is said of times grows old. */
function useMinutes(): void {
  const [, tick] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    const timer = window.setInterval(tick, 60_000);
    return () => window.clearInterval(timer);
  }, []);
}
