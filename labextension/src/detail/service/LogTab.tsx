import * as React from 'react';

import { logSource } from '../../common/logSource';
import { LogView } from '../../common/LogView';
import type { IServiceProps } from './useRow';

/** The live log of a service, or what was said while it was deployed. */
export function LogTab(props: IServiceProps): JSX.Element {
  const { client, workspace, id, trans, row, service } = props;
  const [name, setName] = React.useState(service.scoring_uri || service.diagnosis ? 'service' : 'deployment');
  const source = React.useMemo(() => logSource(client, workspace, 'services', id, name), [client, workspace, id, name]);
  const names: [id: string, label: string][] = [
    ['service', trans.__('Service')],
    ['deployment', trans.__('Deployment')]
  ];
  return (
    <LogView source={source} label={trans.__('Log of %1', row.name)} trans={trans}>
      <div className="aml-Segments" role="group" aria-label={trans.__('Which log')}>
        {names.map(([each, label]) => (
          <button
            key={each}
            type="button"
            className="aml-Chip"
            aria-pressed={each === name}
            onClick={() => setName(each)}
          >
            {label}
          </button>
        ))}
      </div>
    </LogView>
  );
}
