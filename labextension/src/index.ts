import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Client } from './api/client';
import { amlIcon } from './common/icons';
import { Views } from './detail/open';
import type { IInserter } from './insert';
import { Store } from './model/store';
import { SidePanel } from './panel/SidePanel';
import { settled } from './settings';
import { CommandIDs, DOMAIN, IContext } from './tokens';
import type { Kind } from './api/types';

const panel: JupyterFrontEndPlugin<void> = {
  id: 'aml-nb:panel',
  description: "Azure ML's models, services, compute, runs, pipelines, data and environments at the left.",
  autoStart: true,
  optional: [ILayoutRestorer, ITranslator, ISettingRegistry, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null,
    registry: ISettingRegistry | null,
    notebooks: INotebookTracker | null
  ) => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const client = new Client(app.serviceManager.serverSettings);
    const model = new Store(client);
    let settings = settled(null);
    const insert = null as unknown as IInserter;
    void notebooks;
    const context: IContext = { app, client, model, trans, insert, settings: () => settings };

    const views = new Views(app, context);
    app.commands.addCommand(CommandIDs.open, {
      label: trans.__('Open'),
      execute: args => {
        const { workspace, kind, id } = args as { workspace?: string; kind: Kind; id: string };
        return views.open({ workspace: workspace ?? model.workspace?.id ?? '', kind, id });
      }
    });

    const side = new SidePanel(context);
    side.title.icon = amlIcon;
    side.title.caption = trans.__('Azure ML');
    app.shell.add(side, 'left', { rank: 400 });
    if (restorer) {
      restorer.add(side, side.id);
      views.restore(restorer);
    }

    void registry?.load(panel.id).then(loaded => {
      const take = () => {
        settings = settled(loaded);
        model.pollSeconds = settings.pollSeconds;
      };
      loaded.changed.connect(take);
      take();
    });
    void model.start();
  }
};

export default panel;
