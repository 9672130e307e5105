import type { JupyterFrontEnd } from '@jupyterlab/application';
import { INotebookTracker, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';

/** The notebook that code goes to: the one used last, while it is still open. */
export function currentNotebook(notebooks: INotebookTracker | null): NotebookPanel | null {
  const panel = notebooks?.currentWidget ?? null;
  return panel && !panel.isDisposed && panel.isAttached ? panel : null;
}

/** The notebook that an element of the page belongs to. */
export function notebookAt(notebooks: INotebookTracker | null, element: Element | null): NotebookPanel | null {
  return (element && notebooks?.find(panel => panel.node.contains(element))) ?? null;
}

/** A code cell as notebooks keep it. */
export function cellOf(source: string): object {
  return { cell_type: 'code', source, metadata: {}, outputs: [], execution_count: null };
}

/** Put a new cell with `source` below the active one; its number from 1 is returned. */
export function insertCell(panel: NotebookPanel, source: string): number {
  const notebook = panel.content;
  NotebookActions.insertBelow(notebook);
  return fillCell(panel, source);
}

/** Put `source` into the active cell; its number from 1 is returned. */
export function fillCell(panel: NotebookPanel, source: string): number {
  const notebook = panel.content;
  notebook.activeCell?.model.sharedModel.setSource(source);
  void notebook.scrollToItem(notebook.activeCellIndex, 'smart');
  return notebook.activeCellIndex + 1;
}

/** A new notebook, for whoever has none open. */
export async function newNotebook(app: JupyterFrontEnd): Promise<NotebookPanel | null> {
  const made: unknown = await app.commands.execute('notebook:create-new', { activate: true });
  if (made instanceof NotebookPanel) {
    await made.context.ready;
    return made;
  }
  return null;
}
