import { LabIcon, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IRow, Kind } from '../api/types';
import { InsertButton } from '../insert';
import { lineOf } from '../model/outline';
import type { Store } from '../model/store';
import type { IDetailProps } from '../tokens';
import { Badge } from './Badge';
import { Button } from './Button';
import { IFetched } from './hooks';
import { kindIcon } from './icons';
import { Trouble } from './Trouble';

interface IFrameProps<T extends { row: IRow }> {
  view: IDetailProps;
  fetched: IFetched<T>;
  /** Small words over the name: what it is. */
  what: string;
  /** Buttons that steer it; they stand before the ones that every view has. */
  actions?: (value: T) => React.ReactNode;
  /** Beside the name, such as the choice of a version. */
  beside?: (value: T) => React.ReactNode;
  icon?: LabIcon;
  /** How often to read it again, in milliseconds, where more changes than the server tells of; 0 for never. */
  every?: (value: T) => number;
  children: (value: T) => React.ReactNode;
}

/** The frame of each view: name and state, buttons, and words for whatever keeps it from being shown. */
export function Frame<T extends { row: IRow }>(props: IFrameProps<T>): JSX.Element {
  const { view, fetched, what } = props;
  const { trans } = view;
  const { value, error, busy } = fetched;
  const Icon = (props.icon ?? kindIcon(view.kind)).react;
  const gone = error?.status === 404;
  const row = gone ? null : value?.row;
  const name = row ? lineOf(row).name : view.id;
  const label = row && (row.version && row.id.includes(':') ? `${row.name}:${row.version}` : name);
  React.useEffect(() => {
    if (label) {
      view.named?.(label);
    }
  }, [label]);
  const away = useAway(view.model);
  const root = React.useRef<HTMLDivElement>(null);
  useRereading(root, row && value && props.every ? props.every(value) : 0, fetched.again);
  return (
    <div className="aml-Detail aml-View" ref={root} aria-busy={busy && !value}>
      <div className="aml-View-head">
        <Icon tag="span" className="aml-View-icon" aria-hidden="true" />
        <div className="aml-View-title">
          <span className="aml-View-what">{what}</span>
          <h1>
            {name}
            {row?.state ? <Badge tone={row.tone} label={row.state} /> : null}
          </h1>
        </div>
        {row && value && props.beside ? props.beside(value) : null}
        <div className="aml-View-actions" role="group" aria-label={trans.__('Actions')}>
          {row && value && props.actions ? props.actions(value) : null}
          {row ? <InsertButton insert={view.insert} wanted={{ ...wanted(view), name: row.name }} trans={trans} /> : null}
          <Button icon={refreshIcon} title={trans.__('Read again')} onClick={fetched.again} />
        </div>
      </div>
      {away && value ? (
        <p className="aml-View-away" role="status">
          {trans.__('The Jupyter server does not answer. This is how it was last; it is read again by itself.')}
        </p>
      ) : error ? (
        <Trouble
          title={
            gone
              ? trans.__('It is not there any more.')
              : value
                ? trans.__('It could not be read again; this is how it was before.')
                : trans.__('It could not be read.')
          }
          error={error}
          trans={trans}
        />
      ) : null}
      {value && !gone ? props.children(value) : null}
      {!value && !error ? <p className="aml-Empty">{trans.__('Reading…')}</p> : null}
    </div>
  );
}

/** Whether the server does not answer; drawn again only when that changes. */
function useAway(model: Store): boolean {
  const [away, setAway] = React.useState(false);
  React.useEffect(() => {
    const look = () => setAway(model.standing.state === 'away');
    look();
    model.stateChanged.connect(look);
    return () => {
      model.stateChanged.disconnect(look);
    };
  }, [model]);
  return away;
}

/** Read again and again while the view can be seen. */
function useRereading(root: React.RefObject<HTMLElement>, every: number, again: () => void): void {
  React.useEffect(() => {
    if (!every) {
      return;
    }
    const timer = window.setInterval(() => {
      if (!document.hidden && root.current?.offsetParent) {
        again();
      }
    }, every);
    return () => window.clearInterval(timer);
  }, [every, again]);
}

function wanted(view: IDetailProps): { workspace: string; kind: Kind; id: string } {
  return { workspace: view.workspace, kind: view.kind, id: view.id };
}
