import * as React from 'react';

import { CopyButton } from '../../common/CopyButton';
import { bytes } from '../../common/format';
import { useFetched } from '../../common/hooks';
import { Trouble } from '../../common/Trouble';
import { DiagnosisCard } from './DiagnosisCard';
import { told } from './requestLog';
import { header, readable, Sent } from './sending';
import type { IServiceProps } from './useRow';

const MOST = 100_000;

/** What a service answered: status, time, headers and body; of a failure also what its log says. */
export function Answer(props: IServiceProps & { sent: Sent; onAgain(): void }): JSX.Element {
  const { sent, trans } = props;
  const { answer } = sent;
  return (
    <section className="aml-Test-answer" aria-label={trans.__('Answer')}>
      <div className="aml-Test-bar">
        <h2>{trans.__('Answer')}</h2>
        {answer && (
          <span role="status" className="aml-Test-status">
            <strong className={answer.status < 400 ? 'aml-mod-ok' : 'aml-mod-bad'}>
              {answer.status} {answer.reason}
            </strong>
            <span>{trans.__('%1 ms', answer.ms < 10 ? answer.ms.toFixed(1) : Math.round(answer.ms))}</span>
            <span>{bytes(answer.body.length)}</span>
          </span>
        )}
        <span className="aml-Log-room" />
        <button type="button" className="aml-Link" onClick={props.onAgain}>
          {trans.__('Edit this request')}
        </button>
        {answer && <CopyButton text={answer.body} label={trans.__('Copy the answer')} trans={trans} />}
      </div>
      {sent.error && <Trouble title={trans.__('The request could not be sent')} error={sent.error} />}
      {answer && (
        <>
          {answer.truncated && <p className="aml-mod-dim">{trans.__('The answer is longer than is shown here.')}</p>}
          <Body text={readable(answer)} {...props} />
          {answer.status >= 400 && <Why key={sent.number} {...props} />}
          <details>
            <summary>{trans.__('Headers')}</summary>
            <dl className="aml-Facts">
              {Object.entries(answer.headers).map(([name, value]) => (
                <div key={name} className="aml-Facts-row">
                  <dt>{name}</dt>
                  <dd>
                    <code>{value}</code>
                  </dd>
                </div>
              ))}
            </dl>
          </details>
        </>
      )}
    </section>
  );
}

function Body({ text, trans }: { text: string } & Pick<IServiceProps, 'trans'>): JSX.Element {
  const [whole, setWhole] = React.useState(false);
  if (!text) {
    return <p className="aml-Empty">{trans.__('The answer is empty.')}</p>;
  }
  const long = text.length > MOST && !whole;
  return (
    <>
      <pre className="aml-Code" tabIndex={0} aria-label={trans.__('Body of the answer')}>
        {long ? text.slice(0, MOST) : text}
      </pre>
      {long && (
        <button type="button" className="aml-Link" onClick={() => setWhole(true)}>
          {trans.__('Show all of %1', bytes(text.length))}
        </button>
      )}
    </>
  );
}

/** Why a request failed: what the service's log has of it, and what that was found to mean. */
function Why(props: IServiceProps & { sent: Sent }): JSX.Element | null {
  const { client, workspace, id, sent, trans, app } = props;
  const answer = sent.answer!;
  const identity = header(answer, 'x-ms-request-id') ?? header(answer, 'x-request-id');
  const { value } = useFetched(
    async signal => {
      const [log, diagnosis] = await Promise.all([
        client.log(workspace, 'services', id, { from: -64 * 1024, max: 64 * 1024 }, signal),
        client.diagnosis(workspace, id).catch(() => null)
      ]);
      return { lines: told(log.text, identity), diagnosis };
    },
    [client, workspace, id, identity]
  );
  if (!value) {
    return null;
  }
  return (
    <>
      {value.diagnosis && <DiagnosisCard diagnosis={value.diagnosis} app={app} trans={trans} />}
      {value.lines.length > 0 && (
        <details open={!value.diagnosis}>
          <summary>{trans.__('What the log says of it')}</summary>
          <pre className="aml-Code aml-mod-error" tabIndex={0}>
            {value.lines.join('\n')}
          </pre>
        </details>
      )}
    </>
  );
}
