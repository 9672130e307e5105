import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ITrouble, troubleOf } from '../../common/Trouble';
import type { IDetailProps } from '../../tokens';

/** The pictures that a run has logged; a click shows one in its own size. */
export function Images(props: { view: IDetailProps; images: readonly { name: string; url: string }[] }): JSX.Element {
  return (
    <ul className="aml-Images">
      {props.images.map(image => (
        <li key={`${image.name} ${image.url}`}>
          <Picture view={props.view} name={image.name} url={image.url} trans={props.view.trans} />
        </li>
      ))}
    </ul>
  );
}

function Picture(props: { view: IDetailProps; name: string; url: string; trans: TranslationBundle }): JSX.Element {
  const { view, name, url, trans } = props;
  const [large, setLarge] = React.useState(false);
  const { source, trouble } = usePicture(view, url);
  return (
    <figure className={large ? 'aml-mod-large' : undefined}>
      {source ? (
        <button
          type="button"
          aria-pressed={large}
          aria-label={large ? trans.__('Show %1 small', name) : trans.__('Show %1 large', name)}
          onClick={() => setLarge(!large)}
        >
          <img src={source} alt={name} />
        </button>
      ) : (
        <span className="aml-mod-quiet">{trouble ? trouble.message : trans.__('Reading…')}</span>
      )}
      <figcaption>{name}</figcaption>
    </figure>
  );
}

/** Fetch a picture as the user, for the address alone says nothing of who asks; it is forgotten with the view. */
function usePicture(view: IDetailProps, url: string): { source: string | null; trouble: ITrouble | null } {
  const [source, setSource] = React.useState<string | null>(null);
  const [trouble, setTrouble] = React.useState<ITrouble | null>(null);
  React.useEffect(() => {
    let made: string | null = null;
    const abort = new AbortController();
    view.client.blob(url, abort.signal).then(
      blob => {
        if (!abort.signal.aborted) {
          made = URL.createObjectURL(blob);
          setSource(made);
          setTrouble(null);
        }
      },
      error => !abort.signal.aborted && setTrouble(troubleOf(error))
    );
    return () => {
      abort.abort();
      if (made) {
        URL.revokeObjectURL(made);
      }
    };
  }, [view.client, url]);
  return { source, trouble };
}
