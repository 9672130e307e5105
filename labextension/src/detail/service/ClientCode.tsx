import * as React from 'react';

import { CopyButton } from '../../common/CopyButton';
import { useFetched } from '../../common/hooks';
import { Empty } from '../../common/Section';
import { Trouble } from '../../common/Trouble';
import type { IServiceProps } from './useRow';

const LANGUAGES: [id: string, label: string][] = [
  ['python', 'Python'],
  ['curl', 'curl'],
  ['csharp', 'C#'],
  ['go', 'Go'],
  ['java', 'Java'],
  ['javascript', 'JavaScript']
];

/** A program that calls the service, in one of some languages; the key is never in it. */
export function ClientCode(props: IServiceProps): JSX.Element {
  const { client, workspace, id, insert, trans } = props;
  const [language, setLanguage] = React.useState('python');
  const { scoring_uri: uri, updated, actions, auth } = props.service;
  const { value, error, busy } = useFetched(
    async () => (uri ? client.clientCode(workspace, id, language) : null),
    [client, workspace, id, language, uri, updated]
  );
  const code = value?.language === language ? value.code : null;
  return (
    <div className="aml-ClientCode" aria-busy={busy}>
      <div className="aml-Test-bar">
        <label>
          {trans.__('Language')}{' '}
          <select className="jp-mod-styled" value={language} onChange={event => setLanguage(event.target.value)}>
            {LANGUAGES.map(([each, label]) => (
              <option key={each} value={each}>
                {label}
              </option>
            ))}
          </select>
        </label>
        {auth !== 'none' && (
          <span className="aml-mod-dim">
            {trans.__('The %1 is read from AML_SERVICE_KEY, so that the code can be passed on.', auth)}
          </span>
        )}
        <span className="aml-Log-room" />
        <CopyButton text={code ?? ''} label={trans.__('Copy')} trans={trans} wide disabled={code === null} />
        <button
          type="button"
          className="jp-Button jp-mod-minimal jp-mod-small aml-Button"
          title={trans.__('Put the code into a new cell of the current notebook')}
          disabled={code === null}
          onClick={() => void insert.insertText(cellOf(language, code as string))}
        >
          {trans.__('Insert')}
        </button>
      </div>
      {error && <Trouble error={error} />}
      {!uri && <Empty>{actions.score ?? trans.__('The service has no address to call.')}</Empty>}
      {code !== null && (
        <pre className="aml-Code" tabIndex={0} aria-label={trans.__('Client code')}>
          {code}
        </pre>
      )}
    </div>
  );
}

/** What goes into a cell: another language than Python's is run by the shell, or written to a file. */
function cellOf(language: string, code: string): string {
  const files: Record<string, string> = {
    csharp: 'Client.cs',
    go: 'client.go',
    java: 'Client.java',
    javascript: 'client.mjs'
  };
  if (language === 'curl') {
    return `%%bash\n${code}`;
  }
  return language in files ? `%%writefile ${files[language]}\n${code}` : code;
}
