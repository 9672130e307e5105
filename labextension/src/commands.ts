import { Dialog, InputDialog, Notification, showDialog } from '@jupyterlab/apputils';
import { addIcon, refreshIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { IRow, Kind } from './api/types';
import { confirm } from './common/Confirm';
import { copy } from './common/CopyButton';
import { tellFailure } from './common/failures';
import { amlIcon, helpIcon } from './common/icons';
import type { Views } from './detail/open';
import { help } from './panel/help';
import type { SidePanel } from './panel/SidePanel';
import { kindTitle } from './panel/titles';
import { CommandIDs, IContext } from './tokens';

/** What a command is about. */
interface ISubject {
  workspace: string;
  kind: Kind;
  id: string;
  name: string;
  row: IRow | null;
}

/** The commands of the palette, the menus and the panel. */
export class Commands {
  constructor(
    private readonly _context: IContext,
    private readonly _side: SidePanel,
    private readonly _views: Views
  ) {}

  add(): void {
    this._addGeneral();
    this._addOpen();
    this._addCode();
    this._addActions();
  }

  private _addGeneral(): void {
    const { app, model, trans } = this._context;
    const { commands } = app;
    commands.addCommand(CommandIDs.show, {
      label: trans.__('Show the Azure ML Panel'),
      caption: trans.__('Models, services, compute, runs, pipelines, data and environments'),
      icon: args => (args.isPalette ? undefined : amlIcon),
      execute: () => app.shell.activateById(this._side.id)
    });
    commands.addCommand(CommandIDs.search, {
      label: trans.__('Search the Workspace'),
      execute: () => {
        app.shell.activateById(this._side.id);
        requestAnimationFrame(() => this._side.search());
      }
    });
    commands.addCommand(CommandIDs.refresh, {
      label: trans.__('Refresh'),
      icon: args => (args.isPalette ? undefined : refreshIcon),
      execute: () => model.refresh()
    });
    commands.addCommand(CommandIDs.chooseWorkspace, {
      label: trans.__('Choose a Workspace…'),
      execute: () => this._choose()
    });
    commands.addCommand(CommandIDs.help, {
      label: trans.__('Help on the Azure ML Panel'),
      icon: args => (args.isPalette ? undefined : helpIcon),
      execute: () => help(this._context)
    });
  }

  private _addOpen(): void {
    const { app, model, trans } = this._context;
    app.commands.addCommand(CommandIDs.open, {
      label: trans.__('Open'),
      isVisible: args => this._subject(args) !== null,
      execute: args => {
        const subject = this._subject(args);
        return subject ? this._views.open(subject) : null;
      }
    });
    app.commands.addCommand(CommandIDs.deploy, {
      label: args => (args.context ? trans.__('Deploy…') : trans.__('New Deployment…')),
      icon: args => (args.isPalette ? undefined : addIcon),
      isVisible: args => !args.context || this._subject(args)?.kind === 'models',
      isEnabled: () => model.standing.state === 'ready',
      execute: async args => {
        const workspace = model.workspace;
        if (workspace) {
          const { openDeploy } = await import('./deploy');
          const subject = args.context ? this._subject(args) : null;
          await openDeploy(this._context, workspace.id, subject?.id);
        }
      }
    });
  }

  private _addCode(): void {
    const { app, insert, trans } = this._context;
    const of = (id: string, label: string, run: (subject: ISubject) => Promise<unknown>, kinds?: Kind[]) =>
      app.commands.addCommand(id, {
        label,
        isVisible: args => this._fits(args, kinds),
        isEnabled: args => this._fits(args, kinds),
        execute: async args => {
          const subject = this._subject(args);
          if (subject) {
            await run(subject);
          }
        }
      });
    of(CommandIDs.insertCode, trans.__('Insert SDK v1 Code'), subject => insert.insert(subject, 'v1'));
    of(CommandIDs.insertMagic, trans.__('Insert Magic'), subject => insert.insert(subject, 'magic'));
    of(CommandIDs.copyCode, trans.__('Copy Code'), subject => insert.copy(subject));
    of(CommandIDs.copyName, trans.__('Copy Name'), subject => copy(subject.name));
    of(CommandIDs.copyUri, trans.__('Copy Scoring URI'), subject => this._copyUri(subject), ['services']);
  }

  private _addActions(): void {
    const { app, client, trans } = this._context;
    app.commands.addCommand(CommandIDs.reload, {
      label: trans.__('Reload the Service'),
      // v1 reloads local services only; that of others is in their view, with the reason.
      isVisible: args => this._fits(args, ['services']) && !!this._subject(args)?.id.endsWith('@local'),
      isEnabled: args => this._fits(args, ['services']),
      execute: args => this._told(args, subject => client.reload(subject.workspace, subject.id))
    });
    app.commands.addCommand(CommandIDs.remove, {
      label: trans.__('Delete…'),
      isVisible: args => this._fits(args),
      isEnabled: args => this._fits(args),
      execute: args => this._told(args, subject => this._remove(subject))
    });
  }

  private async _copyUri({ workspace, id }: ISubject): Promise<void> {
    const { scoring_uri } = await this._context.client.detail(workspace, 'services', id);
    const { trans } = this._context;
    if (scoring_uri) {
      await copy(scoring_uri);
      Notification.success(trans.__('Copied %1', scoring_uri), { autoClose: 3000 });
    } else {
      Notification.warning(trans.__('"%1" has no scoring URI yet.', id), { autoClose: 5000 });
    }
  }

  private async _remove(subject: ISubject): Promise<void> {
    const { client, trans } = this._context;
    const what = kindTitle(subject.kind, trans);
    const sure = await confirm({
      title: trans.__('Delete %1 "%2"?', what.toLowerCase(), subject.name),
      body: trans.__('This cannot be undone.'),
      action: trans.__('Delete'),
      trans
    });
    if (sure) {
      await client.remove(subject.workspace, subject.kind, subject.id);
      this._views.close(subject);
    }
  }

  /** Do something and tell of its failure. */
  private async _told(args: ReadonlyPartialJSONObject, run: (subject: ISubject) => Promise<unknown>): Promise<void> {
    const subject = this._subject(args);
    if (!subject) {
      return;
    }
    try {
      await run(subject);
    } catch (error) {
      tellFailure(error, this._context.trans);
    }
  }

  private async _choose(): Promise<void> {
    const { model, trans } = this._context;
    await model.look();
    const { workspaces } = model;
    if (!workspaces.length) {
      await showDialog({
        title: trans.__('There is no workspace yet'),
        body: trans.__("Workspace.create(name='…') in a notebook makes one."),
        buttons: [Dialog.okButton()]
      });
      return;
    }
    const names = workspaces.map(each => `${each.name} (${each.resource_group})`);
    const chosen = await InputDialog.getItem({
      title: trans.__('Choose a workspace'),
      label: trans.__('Workspace'),
      items: names,
      current: workspaces.findIndex(each => each.id === model.workspace?.id)
    });
    const at = chosen.button.accept && chosen.value !== null ? names.indexOf(chosen.value) : -1;
    if (at >= 0) {
      await model.select(workspaces[at].id);
    }
  }

  private _fits(args: ReadonlyPartialJSONObject, kinds?: Kind[]): boolean {
    const subject = this._subject(args);
    return subject !== null && (!kinds || kinds.includes(subject.kind));
  }

  /** What is meant: what the arguments say, the row under the context menu, else the row that has the focus. */
  private _subject(args: ReadonlyPartialJSONObject): ISubject | null {
    const { app, model } = this._context;
    const workspace = typeof args.workspace === 'string' ? args.workspace : (model.workspace?.id ?? null);
    if (workspace === null) {
      return null;
    }
    if (typeof args.kind === 'string' && typeof args.id === 'string') {
      return this._of(workspace, args.kind as Kind, args.id);
    }
    if (args.context) {
      const node = app.contextMenuHitTest(each => each.dataset.amlKind !== undefined);
      const { amlKind, amlId } = node?.dataset ?? {};
      return amlKind && amlId ? this._of(workspace, amlKind as Kind, amlId) : null;
    }
    const { current } = this._side;
    return current ? this._of(workspace, current.kind, current.id) : null;
  }

  private _of(workspace: string, kind: Kind, id: string): ISubject {
    const row = workspace === this._context.model.workspace?.id ? this._context.model.find(kind, id) : null;
    return { workspace, kind, id, name: row?.name ?? id, row };
  }
}
