import * as React from 'react';

import { CopyButton } from '../../common/CopyButton';
import { Keys } from './Keys';
import type { IServiceProps } from './useRow';

/** How a service is and why, where it is called, and with which key. */
export function Access(props: IServiceProps): JSX.Element {
  const { service, row, trans } = props;
  return (
    <div className="aml-Service-access">
      {service.why && row.tone !== 'ok' && <p className={`aml-Service-why aml-mod-${row.tone}`}>{service.why}</p>}
      <dl className="aml-Facts">
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
    </div>
  );
}
