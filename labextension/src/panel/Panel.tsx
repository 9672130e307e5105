import * as React from 'react';

import type { IRow } from '../api/types';
import { useSignal } from '../common/hooks';
import { outline, Section } from '../model/outline';
import { wordsOf } from '../model/search';
import { CommandIDs, IContext } from '../tokens';
import { Header } from './Header';
import { Notices } from './Notices';
import { SearchBox } from './SearchBox';
import type { Shown } from './shown';
import { Tree } from './Tree';

/** Everything in the side panel. */
export function Panel(props: {
  context: IContext;
  shown: Shown;
  searchRef: React.Ref<HTMLInputElement>;
  onCurrent(row: IRow | null): void;
}): JSX.Element {
  const { context, shown } = props;
  const { app, model, settings, trans } = context;
  useSignal(model.stateChanged);
  useSignal(shown.changed);
  const [query, setQuery] = React.useState('');
  const tree = React.useRef<HTMLDivElement>(null);
  const wanted = React.useDeferredValue(query);

  const { sections } = settings();
  const { closed } = shown;
  const revision = model.revision;
  const words = React.useMemo(() => wordsOf(wanted), [wanted]);
  const items = React.useMemo(
    () =>
      outline(
        sections,
        kind => {
          const slice = model.slice(kind);
          return { rows: slice.rows, total: slice.total, loaded: slice.loaded, trouble: model.trouble(kind)?.message ?? null };
        },
        closed,
        wanted
      ),
    [model, revision, sections.join(), closed, wanted]
  );
  const found = items.reduce((sum, item) => sum + (item.type === 'head' ? item.shown : 0), 0);
  const open = React.useCallback(
    (row: IRow) => void app.commands.execute(CommandIDs.open, { kind: row.kind, id: row.id }),
    [app]
  );
  const { state } = model.standing;
  const usable = state === 'ready' || (state === 'away' && model.workspace !== null);
  return (
    <div className="aml-Panel" aria-busy={state === 'starting'}>
      <Header context={context} />
      {usable ? (
        <SearchBox
          ref={props.searchRef}
          value={query}
          trans={trans}
          found={found}
          onChange={setQuery}
          onLeave={() => tree.current?.focus()}
        />
      ) : null}
      <Notices context={context} />
      {usable ? (
        <Tree
          ref={tree}
          context={context}
          items={items}
          words={words}
          onToggle={(section: Section, open: boolean) => shown.toggle(section, open)}
          onOpen={open}
          onCurrent={props.onCurrent}
        />
      ) : null}
      {state === 'ready' && words.length && !found ? (
        <p className="aml-Panel-nothing">{trans.__('Nothing has all of these words.')}</p>
      ) : null}
    </div>
  );
}
