import * as React from 'react';

import { CopyButton } from '../../common/CopyButton';
import { bytes } from '../../common/format';
import { Trouble } from '../../common/Trouble';
import { DiagnosisCard } from './DiagnosisCard';
import { IWhy, readable, Sent } from './sending';
import type { IServiceProps } from './useRow';

const MOST = 100_000;

/** What a service answered: status, time, headers and body; of a failure also what its log says. */
export function Answer(props: IServiceProps & { sent: Sent; onAgain: (() => void) | null }): JSX.Element {
  const { sent, trans } = props;
  const { answer } = sent;
  const text = React.useMemo(() => (answer ? readable(answer) : ''), [answer]);
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
        {props.onAgain && (
          <button type="button" className="aml-Link" onClick={props.onAgain}>
            {trans.__('Edit this request')}
          </button>
        )}
      </div>
      {sent.error && <Trouble title={trans.__('The request could not be sent')} error={sent.error} trans={trans} />}
      {answer && (
        <>
          {answer.truncated && <p className="aml-mod-dim">{trans.__('The answer is longer than is shown here.')}</p>}
          <Body text={text} {...props} />
          {sent.why && <Why {...props} why={sent.why} />}
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
      <div className="aml-Test-body">
        <pre className="aml-Code" tabIndex={0} aria-label={trans.__('Body of the answer')}>
          {long ? text.slice(0, MOST) : text}
        </pre>
        <CopyButton text={text} label={trans.__('Copy the answer')} trans={trans} />
      </div>
      {long && (
        <button type="button" className="aml-Link" onClick={() => setWhole(true)}>
          {trans.__('Show all of %1', bytes(text.length))}
        </button>
      )}
    </>
  );
}

/** Why a request failed, with the line of the script where that is known. */
function Why({ why, app, trans }: IServiceProps & { why: IWhy }): JSX.Element {
  return (
    <>
      {why.diagnosis && <DiagnosisCard diagnosis={why.diagnosis} app={app} trans={trans} />}
      {why.lines.length > 0 && (
        <details open={!why.diagnosis}>
          <summary>{trans.__('What the log says of it')}</summary>
          <pre className="aml-Code aml-mod-error" tabIndex={0}>
            {why.lines.join('\n')}
          </pre>
        </details>
      )}
    </>
  );
}
