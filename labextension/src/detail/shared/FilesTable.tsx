import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IFile } from '../../api/types';
import { DataTable } from '../../common/DataTable';
import { bytes } from '../../common/format';

/** Files with their sizes; their names are links where they can be fetched. */
export function FilesTable(props: {
  trans: TranslationBundle;
  files: readonly IFile[];
  open?: (name: string) => void;
}): JSX.Element {
  const { trans, open } = props;
  return (
    <DataTable
      label={trans.__('Files')}
      columns={[
        {
          id: 'name',
          label: trans.__('Name'),
          by: file => file.name,
          cell: file =>
            open ? (
              <button type="button" className="aml-Link" onClick={() => open(file.name)}>
                {file.name}
              </button>
            ) : (
              <code>{file.name}</code>
            )
        },
        {
          id: 'size',
          label: trans.__('Size'),
          end: true,
          by: file => file.size,
          cell: file => bytes(file.size)
        }
      ]}
      rows={props.files}
      rowKey={file => file.name}
      more={left => trans._n('Show %1 more', 'Show %1 more', left)}
    />
  );
}
