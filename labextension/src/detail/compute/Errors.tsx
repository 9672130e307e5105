import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { CopyButton } from '../../common/CopyButton';
import { faultOf, IFault } from './errors';

/** Why a target could not be made: code, message and details of each error, and the whole answer to copy. */
export function Errors(props: { trans: TranslationBundle; errors: readonly unknown[] }): JSX.Element {
  const { trans, errors } = props;
  return (
    <div className="aml-Trouble aml-Faults" role="alert">
      <div className="aml-Faults-head">
        <strong>{trans.__('Provisioning failed')}</strong>
        <CopyButton text={JSON.stringify(errors, null, 2)} label={trans.__('Copy the errors as JSON')} trans={trans} />
      </div>
      <ul>
        {errors.map((error, index) => (
          <Fault key={index} fault={faultOf(error)} />
        ))}
      </ul>
    </div>
  );
}

function Fault(props: { fault: IFault }): JSX.Element {
  const { code, message, details } = props.fault;
  return (
    <li>
      {code ? <code className="aml-Faults-code">{code}</code> : null}
      {message ? <span>{message}</span> : null}
      {details.length ? (
        <ul>
          {details.map((detail, index) => (
            <Fault key={index} fault={detail} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}
