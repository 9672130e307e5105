import * as React from 'react';

import type { IEnvironment } from '../../api/types';
import { CopyButton } from '../../common/CopyButton';
import { Fact, Facts, Tags } from '../../common/Facts';
import { Frame } from '../../common/Frame';
import { useDetail } from '../../common/hooks';
import { When } from '../../common/ObjectLink';
import { Empty, Section } from '../../common/Section';
import type { IDetailProps } from '../../tokens';
import { VersionChoice, VersionsTable } from '../shared/versions';
import { dockerFacts } from './docker';

/** An environment: its packages, its conda specification, and its image. */
export default function EnvironmentView(props: IDetailProps): JSX.Element {
  const [id, setId] = React.useState(props.id);
  const view = { ...props, id };
  const fetched = useDetail(props, props.workspace, 'environments', id);
  const { trans } = props;
  return (
    <Frame
      view={view}
      fetched={fetched}
      what={trans.__('Environment')}
      beside={found => <VersionChoice trans={trans} versions={found.versions} current={id} onChoose={setId} />}
    >
      {found => <Body view={view} environment={found} onChoose={setId} />}
    </Frame>
  );
}

function Body(props: { view: IDetailProps; environment: IEnvironment; onChoose: (id: string) => void }): JSX.Element {
  const { view, environment } = props;
  const { trans } = view;
  const { packages, conda, docker, versions } = environment;
  const image = dockerFacts(docker, trans);
  return (
    <>
      <Facts facts={factsOf(view, environment)} />
      <Section title={trans.__('Packages')} count={packages.length}>
        {packages.length ? (
          <ul className="aml-Tags">
            {packages.map(each => (
              <li key={each} className="aml-Tags-tag">
                <code>{each}</code>
              </li>
            ))}
          </ul>
        ) : (
          <Empty>{trans.__('It names no packages: the running interpreter is used as it is.')}</Empty>
        )}
      </Section>
      {conda ? (
        <Section
          title={trans.__('Conda specification')}
          actions={<CopyButton text={conda} label={trans.__('Copy the specification')} trans={trans} />}
        >
          <pre className="aml-Text" tabIndex={0} aria-label={trans.__('Conda specification')}>
            {conda}
          </pre>
        </Section>
      ) : null}
      {image.length ? (
        <Section title={trans.__('Docker')}>
          <Facts facts={image.map(([label, value]): Fact => [label, value.includes('\n') ? <pre className="aml-Text">{value}</pre> : value])} />
        </Section>
      ) : null}
      {versions.length ? (
        <Section title={trans.__('Versions')} count={versions.length}>
          <VersionsTable trans={trans} versions={versions} current={view.id} onChoose={props.onChoose} />
        </Section>
      ) : null}
    </>
  );
}

function factsOf(view: IDetailProps, environment: IEnvironment): Fact[] {
  const { trans } = view;
  const filled = Object.keys(environment.variables ?? {}).length > 0;
  return [
    [trans.__('Python'), environment.python],
    [trans.__('Kind'), environment.curated ? trans.__('curated') : null],
    [trans.__('Environment variables'), filled && <Tags tags={environment.variables} />],
    [trans.__('Registered'), environment.row.created && <When at={environment.row.created} />]
  ];
}
