import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import type { IRow } from '../api/types';
import { Item, keyOf, Move, moved, Section, typed } from '../model/outline';
import type { IContext } from '../tokens';
import { sectionTitle } from './titles';
import { Head, Note, Row } from './lines';

const LINE = 24;
const TYPING_MS = 700;

interface ITreeProps {
  context: IContext;
  items: readonly Item[];
  words: readonly string[];
  onToggle(section: Section, open: boolean): void;
  onOpen(row: IRow): void;
  onCurrent(row: IRow | null): void;
}

/** All sections as one tree of which only what is in sight is in the page. */
export const Tree = React.forwardRef<HTMLDivElement, ITreeProps>(function Tree(props, outer) {
  const { context, items, words } = props;
  const { trans } = context;
  const base = React.useId();
  const box = React.useRef<HTMLDivElement>(null);
  React.useImperativeHandle(outer, () => box.current as HTMLDivElement);
  const [active, setActive] = useActive(items, props.onCurrent);

  const heads = React.useMemo(() => items.flatMap((item, index) => (item.type === 'head' ? [index] : [])), [items]);
  const sticky = React.useRef(0);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE,
    getItemKey: index => keyOf(items[index]),
    overscan: 12,
    // The head of what is in sight stays, and the line that has the focus, which screen readers are pointed to.
    rangeExtractor: range => {
      sticky.current = heads.reduce((last, head) => (head <= range.startIndex ? head : last), 0);
      const seen = new Set<number>([sticky.current]);
      if (active >= 0) {
        seen.add(active);
      }
      const from = Math.max(0, range.startIndex - range.overscan);
      const to = Math.min(range.count - 1, range.endIndex + range.overscan);
      for (let index = from; index <= to; index++) {
        seen.add(index);
      }
      return [...seen].filter(index => index < range.count).sort((a, b) => a - b);
    },
    scrollPaddingStart: LINE
  });

  const act = (move: Move) => {
    if (move === null) {
      return;
    }
    if ('to' in move) {
      setActive(move.to);
      virtual.scrollToIndex(move.to);
    } else if ('toggle' in move) {
      props.onToggle(move.toggle, move.open);
    } else if (move.activate.type === 'row') {
      props.onOpen(move.activate.row);
    } else if (move.activate.type === 'head') {
      props.onToggle(move.activate.section, !move.activate.open);
    }
  };

  const search = useTyping();
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / LINE) - 2);
    const searching = event.key === ' ' && search.on();
    const move = searching ? null : moved(items, active, event.key, page);
    if (move !== null) {
      event.preventDefault();
      event.stopPropagation();
      act(move);
    } else if (event.key.length === 1 && !event.shiftKey) {
      const at = typed(items, active, search.more(event.key), section => sectionTitle(section, trans));
      if (at >= 0) {
        act({ to: at });
      }
    }
  };

  // The keyboard's menu key asks at the tree itself: pass it on to the line that has the focus.
  const onContextMenu = (event: React.MouseEvent) => {
    if (event.button === 2 || event.target !== box.current || active < 0) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const line = document.getElementById(`${base}-${active}`);
    if (line) {
      const { left, bottom } = line.getBoundingClientRect();
      const place = { bubbles: true, cancelable: true, button: 2, clientX: left + 40, clientY: bottom };
      line.dispatchEvent(new MouseEvent('contextmenu', place));
    }
  };

  return (
    <div
      ref={box}
      className="aml-Tree"
      role="tree"
      tabIndex={0}
      aria-label={trans.__('Objects of the workspace')}
      aria-activedescendant={active >= 0 ? `${base}-${active}` : undefined}
      onKeyDown={onKeyDown}
      onContextMenu={onContextMenu}
    >
      <div className="aml-Tree-all" role="presentation" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const item = items[index];
          const line = {
            id: `${base}-${index}`,
            active: index === active,
            style: index === sticky.current ? { position: 'sticky' as const } : { transform: `translateY(${start}px)` },
            onPick: () => setActive(index)
          };
          switch (item.type) {
            case 'head':
              return (
                <Head key={key} {...line} sticky={index === sticky.current} item={item} context={context} searching={words.length > 0} onToggle={props.onToggle} />
              );
            case 'note':
              return <Note key={key} {...line} item={item} context={context} />;
            default:
              return <Row key={key} {...line} item={item} context={context} words={words} onOpen={props.onOpen} />;
          }
        })}
      </div>
    </div>
  );
});

/** The line that has the focus: the same object wherever it moves to when lists change. */
function useActive(items: readonly Item[], told: (row: IRow | null) => void): [number, (index: number) => void] {
  const [key, setKey] = React.useState<string | null>(null);
  const last = React.useRef(-1);
  const index = React.useMemo(() => {
    const found = key === null ? -1 : items.findIndex(item => keyOf(item) === key);
    return found >= 0 || key === null ? found : Math.min(last.current, items.length - 1);
  }, [items, key]);
  last.current = index;
  const item = items[index];
  const row = item?.type === 'row' ? item.row : null;
  React.useEffect(() => told(row), [row]);
  return [index, at => setKey(items[at] ? keyOf(items[at]) : null)];
}

/** Letters typed one after the other are one beginning of a name. */
function useTyping(): { more(letter: string): string; on(): boolean } {
  const state = React.useRef({ text: '', at: 0 });
  return React.useMemo(
    () => ({
      on: () => state.current.text !== '' && Date.now() - state.current.at < TYPING_MS,
      more: letter => {
        const now = Date.now();
        const text = now - state.current.at < TYPING_MS ? state.current.text + letter : letter;
        state.current = { text, at: now };
        return text;
      }
    }),
    []
  );
}
