import * as React from 'react';

import type { ILine } from './logLines';

/** Lines beyond the edges, so that scrolling shows no blank ones. */
const MORE = 20;

/** Height of a line that is not wrapped; as in log.css. */
export const LINE_HEIGHT = 18;

/** The lines that are in the page, and how high the others are. */
export interface ILines {
  from: number;
  to: number;
  before: number;
  after: number;
  /** Bring a line into sight, and stay there while lines come and go. */
  show(index: number): void;
}

interface IPlace {
  key: number;
  /** How far the line with the key is above the upper edge. */
  above: number;
}

/**
 * Keep only those of many lines in the page that are in sight.
 *
 * Whoever reads at the end stays there (`stick`); whoever reads elsewhere keeps the line at the upper edge, whatever
 * is added or taken away above it. Lines that wrap are measured once they were drawn.
 */
export function useLines(
  box: React.RefObject<HTMLElement>,
  list: React.RefObject<HTMLElement>,
  lines: readonly ILine[],
  wrap: boolean,
  stick: React.MutableRefObject<boolean>
): ILines {
  const heights = React.useRef(new Map<number, number>());
  const [measured, measure] = React.useReducer((count: number) => count + 1, 0);
  const [sight, setSight] = React.useState({ from: 0, to: 60 });
  const edge = React.useRef<IPlace | null>(null);
  const size = React.useRef({ width: 0, height: 0 });

  const offsets = React.useMemo(() => {
    const sums = new Float64Array(lines.length + 1);
    lines.forEach((line, index) => {
      sums[index + 1] = sums[index] + ((wrap && heights.current.get(line.key)) || LINE_HEIGHT);
    });
    return sums;
  }, [lines, wrap, measured]);
  const now = React.useRef({ lines, offsets });
  now.current = { lines, offsets };

  const look = React.useCallback(() => {
    const node = box.current;
    if (node) {
      const top = node.scrollTop - startOf(list);
      const first = indexAt(now.current.offsets, top);
      const last = indexAt(now.current.offsets, top + node.clientHeight);
      const key = now.current.lines[first]?.key;
      edge.current = key === undefined ? null : { key, above: top - now.current.offsets[first] };
      const [from, to] = [Math.max(0, first - MORE), last + 1 + MORE];
      setSight(before => (before.from === from && before.to === to ? before : { from, to }));
    }
  }, [box, list]);

  const settle = React.useCallback(() => {
    const node = box.current;
    if (!node) {
      return;
    }
    if (stick.current) {
      node.scrollTop = node.scrollHeight;
    } else if (edge.current) {
      const { key, above } = edge.current;
      const index = now.current.lines.findIndex(line => line.key === key);
      if (index >= 0) {
        node.scrollTop = startOf(list) + now.current.offsets[index] + above;
      }
    }
    look();
  }, [box, list, look, stick]);

  // The place is restored before anything is painted.
  React.useLayoutEffect(settle, [lines, offsets, settle]);

  React.useEffect(() => {
    const node = box.current as HTMLElement;
    const onScroll = () => {
      if (node.clientHeight === size.current.height) {
        stick.current = node.scrollHeight - node.scrollTop - node.clientHeight < 2 * LINE_HEIGHT;
        look();
      }
    };
    const observer = new ResizeObserver(() => {
      if (node.clientWidth !== size.current.width) {
        heights.current.clear();
        measure();
      }
      size.current = { width: node.clientWidth, height: node.clientHeight };
      settle();
    });
    observer.observe(node);
    node.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      node.removeEventListener('scroll', onScroll);
    };
  }, [box, look, settle, stick]);

  const from = Math.min(sight.from, Math.max(0, lines.length - 1));
  const to = Math.min(sight.to, lines.length);
  React.useLayoutEffect(() => {
    if (wrap && taken(list.current, lines, from, heights.current)) {
      measure();
    }
  });

  const show = (index: number) => {
    const node = box.current;
    if (node) {
      stick.current = false;
      node.scrollTop = startOf(list) + offsets[index] - (node.clientHeight - LINE_HEIGHT) / 2;
      look();
    }
  };
  return { from, to, before: offsets[from], after: offsets[lines.length] - offsets[to], show };
}

/** Take the heights of the lines that are drawn; true where one was not known. */
function taken(
  list: HTMLElement | null,
  lines: readonly ILine[],
  from: number,
  heights: Map<number, number>
): boolean {
  let changed = false;
  Array.from(list?.children ?? []).forEach((node, index) => {
    const height = (node as HTMLElement).offsetHeight;
    const key = lines[from + index]?.key;
    if (key !== undefined && height && heights.get(key) !== height) {
      heights.set(key, height);
      changed = true;
    }
  });
  return changed;
}

/** Where the lines begin: below whatever else scrolls with them. */
function startOf(list: React.RefObject<HTMLElement>): number {
  return list.current?.parentElement?.offsetTop ?? 0;
}

/** The line that a place is in. */
function indexAt(offsets: Float64Array, place: number): number {
  let [low, high] = [0, Math.max(0, offsets.length - 2)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle] <= place) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}
