import type { TranslationBundle } from '@jupyterlab/translation';
import { launchIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IModel } from '../../api/types';
import { Button } from '../../common/Button';
import { Fact, Facts, Tags } from '../../common/Facts';
import { bytes } from '../../common/format';
import { Frame } from '../../common/Frame';
import { useDetail } from '../../common/hooks';
import { When } from '../../common/ObjectLink';
import { Empty, Section } from '../../common/Section';
import { openDeploy } from '../../deploy';
import type { IDetailProps } from '../../tokens';
import { DeleteButton } from '../shared/DeleteButton';
import { FilesTable } from '../shared/FilesTable';
import { VersionChoice, VersionsTable } from '../shared/versions';
import { Lineage } from './Lineage';

/** A model: what it is, where it comes from and goes to, its files and versions. */
export default function ModelView(props: IDetailProps): JSX.Element {
  // The view opens with one version and shows whichever is chosen in it.
  const [id, setId] = React.useState(props.id);
  const view = { ...props, id };
  const fetched = useDetail(props, props.workspace, 'models', id);
  const { trans } = props;
  return (
    <Frame
      view={view}
      fetched={fetched}
      what={trans.__('Model')}
      beside={model => <VersionChoice trans={trans} versions={model.versions} current={id} onChoose={setId} />}
      actions={model => (
        <>
          <Button
            icon={launchIcon}
            label={trans.__('Deploy…')}
            title={trans.__('Deploy this version as a web service')}
            onClick={() => void openDeploy(props, props.workspace, id)}
          />
          <DeleteButton
            view={view}
            question={trans.__('Delete the model %1?', id)}
            body={trans.__(
              'This version and its files are deleted for good. A model that a service uses cannot be deleted.'
            )}
            reason={usedBy(model, trans)}
          />
        </>
      )}
    >
      {model => <Body view={view} model={model} onChoose={setId} />}
    </Frame>
  );
}

function Body(props: { view: IDetailProps; model: IModel; onChoose: (id: string) => void }): JSX.Element {
  const { view, model } = props;
  const { trans } = view;
  const size = model.files.reduce((sum, file) => sum + file.size, 0);
  return (
    <>
      {model.description ? <p className="aml-View-description">{model.description}</p> : null}
      <Facts facts={factsOf(view, model)} />
      <Section title={trans.__('Lineage')}>
        <Lineage view={view} model={model} />
      </Section>
      <Section
        title={trans.__('Files')}
        count={model.files.length}
        actions={<span className="aml-mod-quiet">{bytes(size)}</span>}
      >
        {model.files.length ? (
          <FilesTable trans={trans} files={model.files} />
        ) : (
          <Empty>{trans.__('This model has no files.')}</Empty>
        )}
      </Section>
      <Section title={trans.__('Versions')} count={model.versions.length}>
        <VersionsTable
          trans={trans}
          versions={model.versions}
          current={view.id}
          onChoose={props.onChoose}
          more={[
            {
              id: 'framework',
              label: trans.__('Framework'),
              by: version => version.framework ?? null,
              cell: version => version.framework
            },
            { id: 'tags', label: trans.__('Tags'), cell: version => <Tags tags={version.tags} /> }
          ]}
        />
      </Section>
    </>
  );
}

/** Why a model cannot be deleted; null where it can. */
function usedBy(model: IModel, trans: TranslationBundle): string | null {
  const names = model.lineage.services.map(service => service.name);
  return names.length ? trans.__('It is used by: %1. Delete that first.', names.join(', ')) : null;
}

function factsOf(view: IDetailProps, model: IModel): Fact[] {
  const { trans } = view;
  const framework = [model.framework, model.framework_version].filter(Boolean).join(' ');
  return [
    [trans.__('Id'), <code key="id">{model.row.id}</code>],
    [trans.__('Framework'), framework],
    [trans.__('Registered'), <When key="when" at={model.row.created} />],
    [trans.__('Tags'), filled(model.tags) && <Tags tags={model.tags} />],
    [trans.__('Properties'), filled(model.properties) && <Tags tags={model.properties} />]
  ];
}

function filled(pairs: Record<string, unknown> | undefined): boolean {
  return Object.keys(pairs ?? {}).length > 0;
}
