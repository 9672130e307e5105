import { Notification } from '@jupyterlab/apputils';
import * as React from 'react';

import type { IRow } from '../api/types';
import { tellFailure } from '../common/failures';
import { openForm } from '../detail/shared/FormDialog';
import { CommandIDs, IContext } from '../tokens';
import { Fields } from './Fields';
import { deploymentOf, IChoices, IPlan, takenNames } from './plan';
import { amountFault, freeName, nameFault } from './rules';

/** Ask what is to be deployed where, and deploy it; `model` is `name:version` where that is known already. */
export async function openDeploy(context: IContext, workspace: string, model?: string): Promise<void> {
  const { trans, client, app } = context;
  let choices: IChoices;
  try {
    choices = await choicesOf(context, workspace);
  } catch (error) {
    tellFailure(error, trans);
    return;
  }
  const chosen = model ?? choices.models[0]?.id;
  if (!chosen) {
    Notification.info(trans.__('The workspace has no model to deploy. Register one first, with Model.register.'));
    return;
  }
  const plan: IPlan = {
    model: chosen,
    name: freeName(chosen, takenNames(choices.services, 'local')),
    named: false,
    compute: 'local',
    script: '',
    wholeFolder: false,
    environment: '',
    cpu: '',
    memory: '',
    auth: 'none'
  };
  let row: IRow | null = null;
  const sent = await openForm({
    title: trans.__('Deploy a model'),
    action: trans.__('Deploy'),
    busy: trans.__('Checking the script and beginning the deployment…'),
    app,
    trans,
    focus: 'input',
    fields: () => <Fields context={context} workspace={workspace} plan={plan} choices={choices} />,
    submit: async () => {
      const taken = takenNames(choices.services, plan.compute);
      if (nameFault(plan.name, taken, trans) || [plan.cpu, plan.memory].some(text => amountFault(text, trans))) {
        return false;
      }
      ({ row } = await client.deploy(workspace, plan.model, deploymentOf(plan)));
      return true;
    }
  });
  if (sent && row) {
    const { id } = row as IRow;
    await app.commands.execute(CommandIDs.open, { workspace, kind: 'services', id });
  }
}

/** Asked anew: the workspace need not be the one that the side panel shows. */
async function choicesOf({ client }: IContext, workspace: string): Promise<IChoices> {
  const kinds = ['models', 'services', 'compute', 'environments'] as const;
  const [models, services, compute, environments] = await Promise.all(
    kinds.map(kind => client.list(workspace, kind).then(({ rows }) => rows))
  );
  return {
    models,
    clusters: compute.filter(row => /aks/i.test(row.type ?? row.about) && row.tone !== 'bad'),
    environments,
    services
  };
}
