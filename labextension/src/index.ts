import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Client } from './api/client';
import { Commands } from './commands';
import { Views } from './detail/open';
import { createInserter } from './insert';
import { Store } from './model/store';
import { Shown } from './panel/shown';
import { SidePanel } from './panel/SidePanel';
import { ServiceNotices } from './serviceNotices';
import { LiveSettings } from './settings';
import { statusItem } from './statusbar';
import { CommandIDs, DOMAIN, EXTENSION, IContext, IPanel } from './tokens';

const PALETTE = [
  CommandIDs.show,
  CommandIDs.search,
  CommandIDs.chooseWorkspace,
  CommandIDs.deploy,
  CommandIDs.refresh,
  CommandIDs.insertCode,
  CommandIDs.insertMagic,
  CommandIDs.help
];

/** The panel, its views, and the commands on them. Of Lab's other parts it takes what is there. */
const panel: JupyterFrontEndPlugin<IPanel> = {
  id: 'aml-nb:panel',
  description: 'Models, services, compute, runs, pipelines, data and environments of Azure ML at the left.',
  autoStart: true,
  provides: IPanel,
  optional: [
    ILayoutRestorer,
    ITranslator,
    ISettingRegistry,
    IStateDB,
    INotebookTracker,
    ICommandPalette,
    IStatusBar,
    IEditorServices
  ],
  activate: (
    app: JupyterFrontEnd,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null,
    registry: ISettingRegistry | null,
    state: IStateDB | null,
    notebooks: INotebookTracker | null,
    palette: ICommandPalette | null,
    statusBar: IStatusBar | null,
    editors: IEditorServices | null
  ): IPanel => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const client = new Client(app.serviceManager.serverSettings);
    const model = new Store(client);
    const settings = new LiveSettings();
    const insert = createInserter({ app, client, trans, notebooks, style: () => settings.value.insertStyle });
    const context: IContext = { app, client, model, trans, insert, settings: () => settings.value, editors };
    const shown = new Shown(state);
    const side = new SidePanel(context, shown);
    const views = new Views(context);

    new Commands(context, side, views).add();
    new ServiceNotices(context);
    app.shell.add(side, 'left', { rank: 400, type: EXTENSION });
    if (restorer) {
      restorer.add(side, side.id);
      views.restore(restorer);
    }
    for (const command of palette ? PALETTE : []) {
      palette?.addItem({ command, category: trans.__('Azure ML'), args: { isPalette: true } });
    }
    statusBar?.registerStatusItem('aml-nb:status', {
      item: statusItem(context),
      align: 'left',
      rank: 200,
      isActive: () => settings.value.statusBar,
      activeStateChanged: settings.changed
    });
    settings.changed.connect(() => {
      model.pollSeconds = settings.value.pollSeconds;
      side.update();
    });
    void settings.load(registry, panel.id);

    // Lab first: nothing is asked of the server before the page is there.
    void app.restored.then(async () => {
      await shown.load();
      model.stateChanged.connect(() => shown.choose(model.workspace?.id ?? null));
      await model.start(shown.workspace);
    });
    return {
      client,
      model,
      open: async (kind, id, workspace) => {
        await app.commands.execute(CommandIDs.open, workspace ? { kind, id, workspace } : { kind, id });
      },
      get current() {
        return side.current;
      }
    };
  }
};

export default panel;
export { IPanel } from './tokens';
