import * as React from 'react';

import { useDetail } from '../../common/hooks';
import { Trouble } from '../../common/Trouble';
import type { IDetailProps } from '../../tokens';

/** The view of one of the schedules. */
export default function View(props: IDetailProps): JSX.Element {
  const { value, error } = useDetail(props, props.workspace, 'schedules', props.id);
  return (
    <div className="aml-Detail">
      {error ? <Trouble error={error} /> : null}
      <h1>{value?.row.name ?? props.id}</h1>
    </div>
  );
}
