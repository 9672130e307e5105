import type { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, caretDownIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IRow } from '../api/types';
import { Badge } from '../common/Badge';
import { KindGlyph } from '../common/icons';
import { moment } from '../common/format';
import type { IInserter, IWanted } from '../insert';
import { IHead, ILeaf, INote, lineOf, Section } from '../model/outline';
import { marked } from '../model/search';
import type { IContext } from '../tokens';
import { emptyNote, kindTitle, sectionTitle } from './titles';

interface ILine {
  id: string;
  index: number;
  /** Pixels from the top of the list; null where it stays at the upper edge. */
  top: number | null;
  active: boolean;
  context: IContext;
  onPick(index: number): void;
}

function styled(top: number | null): React.CSSProperties {
  return top === null ? { position: 'sticky' } : { transform: `translateY(${top}px)` };
}

function classes(...names: (string | false)[]): string {
  return ['aml-Tree-line', ...names].filter(Boolean).join(' ');
}

/** The head of a section: its name, how many there are, and how many of them have failed. */
export function Head(
  props: ILine & { item: IHead; searching: boolean; onToggle(section: Section, open: boolean): void }
): JSX.Element {
  const { item, context } = props;
  const { trans } = context;
  const { section, open, total, shown, bad, loaded } = item;
  const title = sectionTitle(section, trans);
  const count = !loaded ? '' : props.searching && shown !== total ? trans.__('%1 of %2', shown.toLocaleString(), total.toLocaleString()) : total.toLocaleString();
  const failed = bad ? trans._n('%1 failed', '%1 failed', bad) : '';
  return (
    <div
      id={props.id}
      className={classes('aml-Head', props.active && 'aml-mod-active', props.top === null && 'aml-mod-sticky')}
      style={styled(props.top)}
      role="treeitem"
      aria-level={1}
      aria-expanded={open}
      aria-selected={props.active}
      aria-label={[title, count, failed].filter(Boolean).join(', ')}
      data-section={section}
      onClick={() => {
        props.onPick(props.index);
        props.onToggle(section, !open);
      }}
    >
      <caretDownIcon.react tag="span" className="aml-Head-caret" aria-hidden="true" />
      <span className="aml-Head-title">{title}</span>
      {failed ? <span className="aml-Head-bad">{failed}</span> : null}
      <span className="aml-Head-count">{count}</span>
    </div>
  );
}

/** One object. */
export const Row = React.memo(function Row(
  props: ILine & { item: ILeaf; words: readonly string[]; onOpen(row: IRow): void }
): JSX.Element {
  const { item, context, words } = props;
  const { trans, model, insert } = context;
  const { row, position, of } = item;
  const [over, setOver] = React.useState(false);
  const wanted = { workspace: model.workspace?.id ?? '', kind: row.kind, id: row.id, name: row.name };
  const version = versionOf(row);
  const { name, about } = lineOf(row);
  return (
    <div
      id={props.id}
      className={classes('aml-Row', props.active && 'aml-mod-active')}
      style={styled(props.top)}
      role="treeitem"
      aria-level={2}
      aria-setsize={of}
      aria-posinset={position}
      aria-selected={props.active}
      aria-label={[name, version && trans.__('version %1', version), row.state, about].filter(Boolean).join(', ')}
      title={titleOf(row, kindTitle(row.kind, trans))}
      data-aml-kind={row.kind}
      data-aml-id={row.id}
      onMouseEnter={() => setOver(true)}
      onMouseLeave={() => setOver(false)}
      onMouseDown={event => insert.press(event.nativeEvent, wanted)}
      onContextMenu={() => props.onPick(props.index)}
      onClick={() => {
        props.onPick(props.index);
        props.onOpen(row);
      }}
    >
      <KindGlyph kind={row.kind} />
      <span className="aml-Row-name">
        {words.length
          ? marked(name, words).map((part, index) =>
              part.hit ? <mark key={index}>{part.text}</mark> : <React.Fragment key={index}>{part.text}</React.Fragment>
            )
          : name}
      </span>
      <span className="aml-Row-about">{about}</span>
      {over ? <InsertHere insert={insert} wanted={wanted} trans={trans} /> : null}
      {row.state ? <Badge tone={row.tone} label={row.state} /> : null}
      {version && !row.state ? <span className="aml-Row-version">{`v${version}`}</span> : null}
    </div>
  );
});

/** Under the pointer only: everything else has the menu and the view for it. */
function InsertHere(props: { insert: IInserter; wanted: IWanted; trans: TranslationBundle }): JSX.Element {
  const { insert, wanted, trans } = props;
  return (
    <button
      type="button"
      className="aml-Panel-button aml-Row-insert"
      tabIndex={-1}
      title={trans.__('Insert code into the notebook')}
      aria-label={trans.__('Insert code for %1 into the notebook', wanted.name)}
      onMouseDown={event => event.stopPropagation()}
      onClick={event => {
        event.stopPropagation();
        void insert.insert(wanted);
      }}
    >
      <addIcon.react tag="span" />
    </button>
  );
}

/** What stands in a section that has nothing, or could not be read. */
export function Note(props: ILine & { item: INote }): JSX.Element {
  const { item, context } = props;
  const text = item.trouble ?? emptyNote(item.section, context.trans);
  return (
    <div
      id={props.id}
      className={classes('aml-Note', item.trouble !== null && 'aml-mod-trouble')}
      style={styled(props.top)}
      role="treeitem"
      aria-level={2}
      aria-disabled={true}
      title={text}
    >
      {text}
    </div>
  );
}

function versionOf(row: IRow): string | null {
  return row.kind === 'runs' ? null : row.version;
}

/** What the pointer tells when it rests: all that did not fit. */
function titleOf(row: IRow, kind: string): string {
  const tags = Object.entries(row.tags ?? {}).map(([key, value]) => (value ? `${key}: ${value}` : key));
  const name = row.version ? `${row.name}, ${row.version}` : row.name;
  return [`${kind} ${name}`, row.state, row.about, row.created && moment(row.created), tags.join(', ')]
    .filter(Boolean)
    .join('\n');
}
