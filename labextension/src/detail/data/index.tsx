import * as React from 'react';

import type { IData } from '../../api/types';
import { CopyButton } from '../../common/CopyButton';
import { DataTable } from '../../common/DataTable';
import { Fact, Facts, Tags } from '../../common/Facts';
import { Frame } from '../../common/Frame';
import { useDetail } from '../../common/hooks';
import { When } from '../../common/ObjectLink';
import { Section } from '../../common/Section';
import { Trouble } from '../../common/Trouble';
import type { IDetailProps } from '../../tokens';
import { shown } from '../run/metricShapes';
import { DeleteButton } from '../shared/DeleteButton';
import { VersionChoice, VersionsTable } from '../shared/versions';

/** A dataset or a datastore: where it is, its versions, and a look inside. */
export default function DataView(props: IDetailProps): JSX.Element {
  const [id, setId] = React.useState(props.id);
  const view = { ...props, id };
  const fetched = useDetail(props, props.workspace, 'data', id);
  const { trans } = props;
  const words = {
    'dataset tabular': trans.__('Tabular dataset'),
    'dataset file': trans.__('File dataset'),
    datastore: trans.__('Datastore')
  };
  const store = fetched.value?.type === 'datastore';
  return (
    <Frame
      view={view}
      fetched={fetched}
      what={fetched.value ? words[fetched.value.type] ?? trans.__('Data') : trans.__('Data')}
      beside={data => <VersionChoice trans={trans} versions={data.versions} current={id} onChoose={setId} />}
      actions={() => (
        <DeleteButton
          view={view}
          label={trans.__('Unregister')}
          question={trans.__('Unregister %1?', id)}
          body={
            store
              ? trans.__('The workspace forgets this datastore. Its files stay where they are.')
              : trans.__('The workspace forgets every version of this dataset. Its files stay where they are.')
          }
        />
      )}
    >
      {data => <Body view={view} data={data} onChoose={setId} />}
    </Frame>
  );
}

function Body(props: { view: IDetailProps; data: IData; onChoose: (id: string) => void }): JSX.Element {
  const { view, data } = props;
  const { trans } = view;
  return (
    <>
      {data.description ? <p className="aml-View-description">{data.description}</p> : null}
      <Facts facts={factsOf(view, data)} />
      <Preview view={view} data={data} />
      {data.versions.length ? (
        <Section title={trans.__('Versions')} count={data.versions.length}>
          <VersionsTable trans={trans} versions={data.versions} current={view.id} onChoose={props.onChoose} />
        </Section>
      ) : null}
    </>
  );
}

function factsOf(view: IDetailProps, data: IData): Fact[] {
  const { trans } = view;
  const tags = data.tags ?? {};
  return [
    [trans.__('Location'), data.location.length ? <Location view={view} location={data.location} /> : null],
    [trans.__('Type'), data.datastore_type],
    [trans.__('Default of the workspace'), data.default ? trans.__('yes') : null],
    [trans.__('Read as'), data.steps?.length ? data.steps.join(' → ') : null],
    [trans.__('Created'), data.row.created && <When at={data.row.created} />],
    [trans.__('Tags'), Object.keys(tags).length ? <Tags tags={tags} /> : null]
  ];
}

function Location(props: { view: IDetailProps; location: readonly string[] }): JSX.Element {
  const { trans } = props.view;
  return (
    <ul className="aml-Plain">
      {props.location.map(place => (
        <li key={place} className="aml-Copied">
          <code>{place}</code>
          <CopyButton text={place} label={trans.__('Copy the location')} trans={trans} />
        </li>
      ))}
    </ul>
  );
}

/** The first rows of a table, or the names of files. */
function Preview(props: { view: IDetailProps; data: IData }): JSX.Element | null {
  const { trans } = props.view;
  const { preview, preview_error: why } = props.data;
  if (why) {
    return (
      <Section title={trans.__('Preview')}>
        <Trouble title={trans.__('The data could not be read')} error={{ message: why }} />
      </Section>
    );
  }
  if (!preview) {
    return null;
  }
  if ('files' in preview) {
    return (
      <Section title={trans.__('First files')} count={preview.files.length}>
        <ul className="aml-Plain">
          {preview.files.map(file => (
            <li key={file}>
              <code>{file}</code>
            </li>
          ))}
        </ul>
      </Section>
    );
  }
  return (
    <Section title={trans.__('First rows')} count={preview.rows.length}>
      <DataTable<unknown[]>
        label={trans.__('First rows')}
        columns={preview.columns.map((column, place) => ({
          id: `${place}`,
          label: column,
          end: preview.rows.length > 0 && preview.rows.every(row => typeof row[place] === 'number'),
          cell: row => shown(row[place])
        }))}
        rows={preview.rows}
        rowKey={(_, index) => String(index)}
        more={left => trans._n('Show %1 more', 'Show %1 more', left)}
      />
    </Section>
  );
}
