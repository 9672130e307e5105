import * as React from 'react';

import type { IRow } from '../api/types';
import { Item, keyOf, Move, moved, Section, typed } from '../model/outline';
import type { IContext } from '../tokens';
import { Head, Note, Row } from './lines';
import { sectionTitle } from './titles';
import { IRange, useRange } from './useRange';

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
  const range = useRange(box, LINE, items.length);

  // The head of what is in sight stays at the upper edge.
  const stuck = React.useMemo(() => {
    const heads = items.flatMap((item, index) => (item.type === 'head' ? [index] : []));
    return (top: number) => heads.reduce((last, head) => (head <= top ? head : last), 0);
  }, [items])(range.top);

  const reveal = (index: number) => {
    const node = box.current as HTMLElement;
    const above = items[index]?.type === 'head' ? index * LINE : (index - 1) * LINE;
    const below = (index + 1) * LINE - node.clientHeight;
    if (node.scrollTop > above) {
      node.scrollTop = above;
    } else if (node.scrollTop < below) {
      node.scrollTop = below;
    }
  };

  const act = (move: Move) => {
    if (move === null) {
      return;
    }
    if ('to' in move) {
      setActive(move.to);
      reveal(move.to);
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
    const page = Math.max(1, range.page - 2);
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
      onFocus={() => active < 0 && setActive(stuck)}
      onContextMenu={onContextMenu}
    >
      <div className="aml-Tree-all" role="presentation" style={{ height: items.length * LINE }}>
        {seen(range, stuck, active, items.length).map(index => {
          const item = items[index];
          const line = {
            id: `${base}-${index}`,
            index,
            top: index === stuck ? null : index * LINE,
            active: index === active,
            context,
            onPick: setActive
          };
          switch (item.type) {
            case 'head':
              return (
                <Head key={keyOf(item)} {...line} item={item} searching={words.length > 0} onToggle={props.onToggle} />
              );
            case 'note':
              return <Note key={keyOf(item)} {...line} item={item} />;
            default:
              return <Row key={keyOf(item)} {...line} item={item} words={words} onOpen={props.onOpen} />;
          }
        })}
      </div>
    </div>
  );
});

/** The lines that are in the page: what is in sight, its head, and the one that screen readers are pointed to. */
function seen(range: IRange, stuck: number, active: number, count: number): number[] {
  const lines = Array.from({ length: Math.max(0, range.to - range.from) }, (_, index) => range.from + index);
  for (const index of [stuck, active]) {
    if (index >= 0 && index < count && (index < range.from || index >= range.to)) {
      lines.push(index);
    }
  }
  return lines.sort((a, b) => a - b);
}

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
  const now = React.useRef(items);
  now.current = items;
  const set = React.useCallback((at: number) => setKey(now.current[at] ? keyOf(now.current[at]) : null), []);
  return [index, set];
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
