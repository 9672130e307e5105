import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { MimeData } from '@lumino/coreutils';
import { Drag } from '@lumino/dragdrop';

import { cellOf, notebookAt } from './notebooks';

const CELLS = 'application/vnd.jupyter.cells';
const TEXT = 'text/plain';
const FAR = 5;

interface IDragOptions {
  notebooks: INotebookTracker | null;
  /** What is dragged; asked for when the button goes down, so that it is there when the drag begins. */
  source(): Promise<string>;
  /** What the pointer carries. */
  label: string;
  /** Told of the notebook that the code was dropped on. */
  dropped(panel: NotebookPanel): void;
  failed(error: unknown): void;
}

/** Wait for the pointer to move away with its button down, then drag code: a cell for notebooks, text for editors. */
export function press(event: MouseEvent, options: IDragOptions): void {
  if (event.button !== 0) {
    return;
  }
  const [startX, startY] = [event.clientX, event.clientY];
  let asked: Promise<string> | null = null;
  let [x, y] = [startX, startY];
  let over = false;

  const end = () => {
    over = true;
    document.removeEventListener('mousemove', move, true);
    document.removeEventListener('mouseup', end, true);
  };
  const move = (moved: MouseEvent) => {
    [x, y] = [moved.clientX, moved.clientY];
    if (asked || Math.hypot(x - startX, y - startY) < FAR) {
      return;
    }
    moved.preventDefault(); // no text is selected on the way
    document.getSelection()?.removeAllRanges();
    asked = options.source();
    asked.then(
      source => {
        if (!over) {
          end();
          void drag(source, x, y, options);
        }
      },
      error => {
        end();
        options.failed(error);
      }
    );
  };
  document.addEventListener('mousemove', move, true);
  document.addEventListener('mouseup', end, true);
}

async function drag(source: string, x: number, y: number, options: IDragOptions): Promise<void> {
  const mimeData = new MimeData();
  mimeData.setData(CELLS, [cellOf(source)]);
  let last: Element | null = null;
  // An editor takes text before the notebook around it takes a cell; in notebooks a cell is what is meant.
  const look = (event: Event) => {
    last = event.target instanceof Element ? event.target : null;
    if (last?.closest('.jp-Notebook')) {
      mimeData.clearData(TEXT);
    } else {
      mimeData.setData(TEXT, source);
    }
  };
  const types = ['lm-dragenter', 'lm-dragover', 'lm-drop'];
  types.forEach(type => document.addEventListener(type, look, true));
  const dragged = new Drag({
    mimeData,
    dragImage: image(options.label),
    supportedActions: 'copy',
    proposedAction: 'copy'
  });
  try {
    const action = await dragged.start(x, y);
    const panel = action === 'copy' ? notebookAt(options.notebooks, last) : null;
    if (panel) {
      options.dropped(panel);
    }
  } finally {
    types.forEach(type => document.removeEventListener(type, look, true));
    dragged.dispose();
  }
}

function image(label: string): HTMLElement {
  const node = document.createElement('div');
  node.className = 'aml-DragImage';
  node.textContent = label;
  return node;
}
