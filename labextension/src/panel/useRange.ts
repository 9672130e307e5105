import * as React from 'react';

/** Lines beyond the edges, so that scrolling shows no blank ones. */
const MORE = 10;

/** What of a list of lines of one height is in sight, with some lines around it. */
export interface IRange {
  /** The first line in sight, and the lines that are to be in the page. */
  top: number;
  from: number;
  to: number;
  /** Lines that fit. */
  page: number;
}

/** Follows the scrolling of a box; drawn again only when other lines come into sight. */
export function useRange(box: React.RefObject<HTMLElement>, height: number, count: number): IRange {
  const [sight, setSight] = React.useState({ top: 0, page: 0 });
  React.useLayoutEffect(() => {
    const node = box.current as HTMLElement;
    const look = () => {
      const top = Math.floor(node.scrollTop / height);
      const page = Math.ceil(node.clientHeight / height);
      setSight(before => (before.top === top && before.page === page ? before : { top, page }));
    };
    const observer = new ResizeObserver(look);
    observer.observe(node);
    node.addEventListener('scroll', look, { passive: true });
    look();
    return () => {
      observer.disconnect();
      node.removeEventListener('scroll', look);
    };
  }, [height]);
  const top = Math.max(0, Math.min(sight.top, count - 1));
  return {
    top,
    from: Math.max(0, top - MORE),
    to: Math.min(count, top + sight.page + MORE),
    page: sight.page
  };
}
