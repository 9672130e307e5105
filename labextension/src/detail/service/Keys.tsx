import * as React from 'react';

import type { Keys as Secret } from '../../api/types';
import { confirm } from '../../common/Confirm';
import { CopyButton } from '../../common/CopyButton';
import { tellFailure } from '../../common/failures';
import { moment } from '../../common/format';
import { ITrouble, Trouble, troubleOf } from '../../common/Trouble';
import { regenerateKey } from './steering';
import type { IServiceProps } from './useRow';

const SHOWN_MS = 30_000;
const STARS = '••••••••••••••••••••••••';

/** Keys or the token of a service: fetched only when asked for, and put away again soon. */
export function Keys(props: IServiceProps): JSX.Element {
  const { client, workspace, id, service, trans } = props;
  const [secret, setSecret] = React.useState<Secret | null>(null);
  const [trouble, setTrouble] = React.useState<ITrouble | null>(null);
  const box = React.useRef<HTMLDivElement>(null);
  const hide = React.useCallback(() => setSecret(null), []);
  useHiding(secret !== null, hide, box);

  if (service.auth === 'none') {
    return (
      <Line label={trans.__('Authentication')}>
        <span className="aml-mod-dim">{trans.__('none: who reaches the address may call it')}</span>
      </Line>
    );
  }
  const fetched = async (): Promise<Secret> => {
    setTrouble(null);
    return client.keys(workspace, id);
  };
  const failed = (error: unknown) => setTrouble(troubleOf(error));
  const show = () => void fetched().then(setSecret, failed);
  const renew = async (key: 'Primary' | 'Secondary') => {
    if (await mayRenew(props, key)) {
      await regenerateKey(props, key);
      hide();
    }
  };
  const parts: [part: string, label: string, key: 'Primary' | 'Secondary' | null][] =
    service.auth === 'token'
      ? [['token', trans.__('Token'), null]]
      : [
          ['primary', trans.__('Primary key'), 'Primary'],
          ['secondary', trans.__('Secondary key'), 'Secondary']
        ];
  const reason = service.actions.regenerate_key;
  const showing = service.auth === 'token' ? trans.__('Show a token') : trans.__('Show the keys');
  return (
    <>
      {parts.map(([part, label, key], index) => (
        <Line key={part} label={label}>
          <div className="aml-Keys" ref={index ? undefined : box}>
            <code aria-label={secret ? undefined : trans.__('hidden')}>{secret ? partOf(secret, part) : STARS}</code>
            {index === 0 && (
              <button
                type="button"
                className="jp-Button jp-mod-minimal jp-mod-small aml-Button"
                aria-label={secret ? trans.__('Hide what was shown') : showing}
                onClick={secret ? hide : show}
              >
                {secret ? trans.__('Hide') : trans.__('Show')}
              </button>
            )}
            <CopyButton
              text={async () => partOf(await fetched(), part)}
              label={trans.__('Copy %1', label)}
              trans={trans}
              onError={failed}
            />
            {key && (
              <button
                type="button"
                className="jp-Button jp-mod-minimal jp-mod-small aml-Button"
                aria-label={trans.__('Regenerate %1…', label)}
                title={reason ?? trans.__('Make a new key; the old one is refused from then on')}
                disabled={reason !== null}
                onClick={() => void renew(key).catch(error => tellFailure(error, trans))}
              >
                {trans.__('Regenerate…')}
              </button>
            )}
            {index === 0 && secret && 'token' in secret && (
              <span className="aml-mod-dim">{trans.__('good until %1', moment(secret.expires))}</span>
            )}
          </div>
        </Line>
      ))}
      {trouble && <Trouble title={trans.__('The keys could not be read')} error={trouble} />}
    </>
  );
}

function Line(props: { label: string; children: React.ReactNode }): JSX.Element {
  return (
    <div className="aml-Facts-row">
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function partOf(secret: Secret, part: string): string {
  return (secret as Record<string, string>)[part] ?? '';
}

/** Put the keys away after a while, and as soon as the tab or the view is out of sight. */
function useHiding(shown: boolean, hide: () => void, box: React.RefObject<HTMLElement>): void {
  React.useEffect(() => {
    if (!shown) {
      return;
    }
    const timer = window.setTimeout(hide, SHOWN_MS);
    const onVisibility = () => document.hidden && hide();
    document.addEventListener('visibilitychange', onVisibility);
    const observer = new ResizeObserver(() => !box.current?.offsetParent && hide());
    if (box.current) {
      observer.observe(box.current);
    }
    return () => {
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
      observer.disconnect();
    };
  }, [shown, hide, box]);
}

function mayRenew({ trans, row }: IServiceProps, key: string): Promise<boolean> {
  return confirm({
    title: trans.__('Regenerate the %1 key of %2?', key.toLowerCase(), row.name),
    body: trans.__('Whoever calls the service with the old key is refused from then on (401).'),
    action: trans.__('Regenerate'),
    trans
  });
}
