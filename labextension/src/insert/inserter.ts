import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import type { Client } from '../api/client';
import type { ICode } from '../api/types';
import { copy } from '../common/CopyButton';
import { tellFailure } from '../common/failures';
import { InsertStyle, VERSION } from '../tokens';
import { KernelChecks } from './checks';
import { press } from './drag';
import type { IInserter, IWanted } from './index';
import { currentNotebook, fillCell, insertCell, newNotebook } from './notebooks';

const TOLD_MS = 4000;

export interface IInserterOptions {
  app: JupyterFrontEnd;
  client: Client;
  trans: TranslationBundle;
  notebooks: INotebookTracker | null;
  /** The way to insert that the settings say. */
  style(): InsertStyle;
}

/** Puts the code that the server writes into the user's notebook, and says so. */
export class Inserter implements IInserter {
  constructor(private readonly options: IInserterOptions) {
    this.checks = new KernelChecks(options.trans, VERSION);
  }

  get folder(): string {
    const path = currentNotebook(this.options.notebooks)?.context.localPath ?? '';
    return PathExt.dirname(path);
  }

  async insert(wanted: IWanted, style?: InsertStyle): Promise<void> {
    const text = await this.fetched(wanted, style);
    if (text !== null) {
      await this.insertText(text);
    }
  }

  async insertText(text: string): Promise<void> {
    const panel = currentNotebook(this.options.notebooks);
    if (panel) {
      this.inserted(panel, insertCell(panel, text));
    } else {
      this.offer(text);
    }
  }

  async copy(wanted: IWanted, style?: InsertStyle): Promise<void> {
    const text = await this.fetched(wanted, style);
    if (text !== null) {
      await copy(text);
      Notification.success(this.options.trans.__('Code for "%1" is on the clipboard.', wanted.name), {
        autoClose: TOLD_MS
      });
    }
  }

  press(event: MouseEvent, wanted: IWanted): void {
    press(event, {
      notebooks: this.options.notebooks,
      source: () => this.code(wanted),
      label: wanted.name,
      dropped: panel => this.check(panel),
      failed: error => this.failed(error)
    });
  }

  menu(anchor: HTMLElement, wanted: IWanted): void {
    const { trans } = this.options;
    const commands = new CommandRegistry();
    const menu = new Menu({ commands });
    menu.addClass('aml-InsertMenu');
    menu.title.label = trans.__('Insert code');
    const ways: [string, string, () => Promise<void>][] = [
      ['v1', trans.__('Insert as SDK v1 code'), () => this.insert(wanted, 'v1')],
      ['magic', trans.__('Insert as magic'), () => this.insert(wanted, 'magic')],
      ['copy-v1', trans.__('Copy as SDK v1 code'), () => this.copy(wanted, 'v1')],
      ['copy-magic', trans.__('Copy as magic'), () => this.copy(wanted, 'magic')]
    ];
    for (const [command, label, execute] of ways) {
      commands.addCommand(command, { label, execute });
      menu.addItem({ command });
    }
    menu.insertItem(2, { type: 'separator' });
    menu.aboutToClose.connect(() => {
      window.setTimeout(() => menu.dispose(), 0); // after the command of the chosen item has begun
      anchor.focus();
    });
    const { left, bottom } = anchor.getBoundingClientRect();
    menu.open(left, bottom);
  }

  /** The code of an object in the wanted style; in the other one where the object has none in this. */
  private async code(wanted: IWanted, style = this.options.style()): Promise<string> {
    const code: ICode = await this.options.client.code(wanted.workspace, wanted.kind, wanted.id);
    return style === 'magic' && code.magic !== null ? code.magic : code.v1;
  }

  private async fetched(wanted: IWanted, style?: InsertStyle): Promise<string | null> {
    try {
      return await this.code(wanted, style);
    } catch (error) {
      this.failed(error);
      return null;
    }
  }

  private failed(error: unknown): void {
    tellFailure(error, this.options.trans);
  }

  private inserted(panel: NotebookPanel, cell: number): void {
    const { trans, app } = this.options;
    const show = { label: trans.__('Show'), callback: () => app.shell.activateById(panel.id) };
    Notification.success(trans.__('Inserted as cell %1 of %2.', String(cell), panel.title.label), {
      autoClose: TOLD_MS,
      actions: [show]
    });
    this.check(panel);
  }

  /** Where no notebook is open: say so, and what can be done instead. */
  private offer(text: string): void {
    const { trans, app } = this.options;
    const open = async () => {
      const panel = await newNotebook(app);
      if (panel) {
        this.inserted(panel, fillCell(panel, text));
      }
    };
    Notification.info(trans.__('No notebook is open to insert the code into.'), {
      autoClose: false,
      actions: [
        { label: trans.__('Copy the code'), displayType: 'accent', callback: () => void copy(text) },
        { label: trans.__('New notebook'), callback: () => void open() }
      ]
    });
  }

  private check(panel: NotebookPanel): void {
    // The code is in the notebook already; a kernel that cannot be asked must not take it out again.
    this.checks.check(panel).catch(error => console.warn('aml-nb: the kernel could not be asked', error));
  }

  private readonly checks: KernelChecks;
}
