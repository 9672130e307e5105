import * as React from 'react';

import { JsonEditor } from '../../common/JsonEditor';
import { troubleOf } from '../../common/Trouble';
import { Answer } from './Answer';
import { reasonOf } from './requestLog';
import { fault, inputSchema, KEPT, pretty, sample, Sent, TYPES } from './sending';
import { SchemaForm } from './SchemaForm';
import type { IServiceProps } from './useRow';

interface ITestProps extends IServiceProps {
  sent: readonly Sent[];
  onSent(change: (sent: readonly Sent[]) => readonly Sent[]): void;
  /** What is being written; null until the sample was changed. */
  draft: string | null;
  onDraft(draft: string | null): void;
}

/** Send the service a request, written as JSON or filled into a form, and see what it answers. */
export function TestTab(props: ITestProps): JSX.Element {
  const { client, workspace, id, service, trans, sent, onSent, draft, onDraft } = props;
  const schema = React.useMemo(() => inputSchema(service), [service]);
  const [asForm, setAsForm] = React.useState(false);
  const [type, setType] = React.useState<string>(TYPES[0]);
  const [sending, setSending] = React.useState(false);
  const [looked, setLooked] = React.useState<number | null>(null);
  const body = draft ?? sample(service);
  const faultId = React.useId();
  const isJson = type === TYPES[0];
  const wrong = isJson ? fault(body) : null;
  const reason = service.actions.score;
  const shown = sent.find(each => each.number === looked) ?? sent[0];

  const send = async () => {
    if (sending || reason !== null) {
      return;
    }
    setSending(true);
    const number = (sent[0]?.number ?? 0) + 1;
    const made: Sent = { number, at: Date.now(), body, type, answer: null, error: null, why: null };
    try {
      made.answer = await client.score(workspace, id, { body, content_type: type });
      if (made.answer.status >= 400) {
        made.why = await reasonOf(client, workspace, id, made.answer);
      }
    } catch (error) {
      made.error = troubleOf(error);
    }
    onSent(before => [made, ...before].slice(0, KEPT));
    setLooked(made.number);
    setSending(false);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      void send();
    }
  };

  return (
    <div className="aml-Test" onKeyDownCapture={onKeyDown}>
      <section className="aml-Test-request" aria-label={trans.__('Request')}>
        <div className="aml-Test-bar">
          <h2>{trans.__('Request')}</h2>
          {schema && isJson && (
            <div className="aml-Segments" role="group" aria-label={trans.__('How it is written')}>
              <button type="button" className="aml-Chip" aria-pressed={!asForm} onClick={() => setAsForm(false)}>
                {trans.__('JSON')}
              </button>
              <button type="button" className="aml-Chip" aria-pressed={asForm} onClick={() => setAsForm(true)}>
                {trans.__('Form')}
              </button>
            </div>
          )}
          <span className="aml-Log-room" />
          <button type="button" className="aml-Link" onClick={() => onDraft(null)} disabled={draft === null}>
            {trans.__('Sample')}
          </button>
          {isJson && (
            <button
              type="button"
              className="aml-Link"
              onClick={() => onDraft(pretty(JSON.parse(body)))}
              disabled={wrong !== null}
            >
              {trans.__('Format')}
            </button>
          )}
        </div>
        {asForm && schema && isJson && wrong === null ? (
          <SchemaForm schema={schema} value={JSON.parse(body)} onChange={value => onDraft(pretty(value))} trans={trans} />
        ) : (
          <JsonEditor
            editors={props.editors}
            type={type}
            value={body}
            label={trans.__('Body of the request')}
            invalid={wrong !== null}
            describedBy={wrong === null ? undefined : faultId}
            onChange={onDraft}
          />
        )}
        {wrong !== null && (
          <p id={faultId} className="aml-Test-wrong" role="status">
            {trans.__('Not JSON: %1', wrong)}
          </p>
        )}
        <div className="aml-Test-bar">
          <button
            type="button"
            className="jp-Button jp-mod-styled jp-mod-accept"
            aria-disabled={sending || reason !== null}
            title={reason ?? trans.__('Ctrl+Enter sends, too')}
            onClick={() => void send()}
          >
            {sending ? trans.__('Sending…') : trans.__('Send')}
          </button>
          <label className="aml-Test-type">
            {trans.__('as')}{' '}
            <select className="jp-mod-styled" value={type} onChange={event => setType(event.target.value)}>
              {TYPES.map(each => (
                <option key={each}>{each}</option>
              ))}
            </select>
          </label>
          {reason !== null && <span className="aml-mod-dim">{reason}</span>}
        </div>
      </section>
      {shown && (
        <Answer
          {...props}
          sent={shown}
          onAgain={
            shown.body === body && shown.type === type ? null : () => (setType(shown.type), onDraft(shown.body))
          }
        />
      )}
      {sent.length > 1 && <History sent={sent} shown={shown} onLook={setLooked} trans={trans} />}
    </div>
  );
}

function History(props: {
  sent: readonly Sent[];
  shown: Sent;
  onLook(number: number): void;
  trans: IServiceProps['trans'];
}): JSX.Element {
  const { sent, shown, trans } = props;
  return (
    <section className="aml-Test-history" aria-label={trans.__('Sent before')}>
      <h2>{trans.__('Sent before')}</h2>
      <ul>
        {sent.map(each => (
          <li key={each.number}>
            <button
              type="button"
              className="aml-Test-past"
              aria-current={each === shown}
              onClick={() => props.onLook(each.number)}
            >
              <span>{new Date(each.at).toLocaleTimeString()}</span>
              <strong className={each.answer && each.answer.status < 400 ? 'aml-mod-ok' : 'aml-mod-bad'}>
                {each.answer ? each.answer.status : trans.__('failed')}
              </strong>
              <span>{each.answer ? trans.__('%1 ms', Math.round(each.answer.ms)) : ''}</span>
              <code>{each.body.replace(/\s+/g, ' ').slice(0, 80)}</code>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
