import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IModel } from '../api/types';
import { Button } from '../common/Button';
import { useFetched } from '../common/hooks';
import { Field } from '../detail/shared/Field';
import type { IContext } from '../tokens';
import { authsOf, IChoices, IPlan, takenNames } from './plan';
import { amountFault, freeName, nameFault } from './rules';
import { ScriptChooser } from './ScriptChooser';

interface IFieldsProps {
  context: IContext;
  workspace: string;
  plan: IPlan;
  choices: IChoices;
}

/** The fields of the dialog that deploys a model; what is typed goes into the plan. */
export function Fields(props: IFieldsProps): JSX.Element {
  const { context, plan, choices } = props;
  const { clusters, environments, services } = choices;
  const taken = takenNames(services, plan.compute);
  const { trans } = context;
  const [, draw] = React.useReducer((count: number) => count + 1, 0);
  const change = (changes: Partial<IPlan>) => {
    Object.assign(plan, changes);
    if (!authsOf(plan.compute).includes(plan.auth)) {
      plan.auth = authsOf(plan.compute)[0];
    }
    draw();
  };
  return (
    <div className="aml-Form">
      <ModelField {...props} change={change} />
      <Field label={trans.__('Name of the service')} error={nameFault(plan.name, taken, trans)}>
        {attributes => (
          <input
            {...attributes}
            type="text"
            className="jp-mod-styled"
            spellCheck={false}
            autoComplete="off"
            value={plan.name}
            onChange={event => change({ name: event.currentTarget.value, named: true })}
          />
        )}
      </Field>
      <Field label={trans.__('Target')} help={targetHelp(plan.compute, clusters.length, context)}>
        {attributes => (
          <HTMLSelect
            {...attributes}
            value={plan.compute}
            onChange={event => {
              const compute = event.currentTarget.value;
              const name = plan.named ? plan.name : freeName(plan.model, takenNames(services, compute));
              change({ compute, name, auth: authsOf(compute)[0] });
            }}
          >
            <option value="local">{trans.__('Local')}</option>
            <option value="aci">{trans.__('Container instance (ACI)')}</option>
            {clusters.map(row => (
              <option key={row.id} value={`aks:${row.name}`}>
                {trans.__('AKS cluster %1', row.name)}
              </option>
            ))}
          </HTMLSelect>
        )}
      </Field>
      <ScriptFields {...props} change={change} />
      <Field
        label={trans.__('Environment')}
        help={plan.script.trim() ? undefined : trans.__('An environment goes with an entry script.')}
      >
        {attributes => (
          <HTMLSelect
            {...attributes}
            disabled={!plan.script.trim()}
            value={plan.script.trim() ? plan.environment : ''}
            onChange={event => change({ environment: event.currentTarget.value })}
          >
            <option value="">{trans.__("None: this Jupyter server's packages")}</option>
            {environments.map(row => (
              <option key={row.id} value={row.id}>
                {row.version ? trans.__('%1, version %2', row.name, row.version) : row.name}
              </option>
            ))}
          </HTMLSelect>
        )}
      </Field>
      {plan.compute === 'local' ? null : <SizeFields {...props} change={change} />}
    </div>
  );
}

type Change = (changes: Partial<IPlan>) => void;

function ModelField(props: IFieldsProps & { change: Change }): JSX.Element {
  const { context, plan, choices, change } = props;
  const { trans } = context;
  const taken = takenNames(choices.services, plan.compute);
  const ids = choices.models.map(row => row.id);
  const all = ids.includes(plan.model) || !plan.model ? ids : [plan.model, ...ids];
  return (
    <Field label={trans.__('Model')}>
      {attributes => (
        <HTMLSelect
          {...attributes}
          value={plan.model}
          onChange={event => {
            const model = event.currentTarget.value;
            change(plan.named ? { model } : { model, name: freeName(model, taken) });
          }}
        >
          {all.map(id => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </HTMLSelect>
      )}
    </Field>
  );
}

function ScriptFields(props: IFieldsProps & { change: Change }): JSX.Element {
  const { context, workspace, plan, change } = props;
  const { trans, client } = context;
  const [browsing, setBrowsing] = React.useState(false);
  const details = useFetched<IModel | null>(
    signal => (plan.model ? client.detail(workspace, 'models', plan.model, signal) : Promise.resolve(null)),
    [client, workspace, plan.model]
  );
  const framework = details.value?.framework;
  const help = plan.script.trim()
    ? undefined
    : framework && framework !== 'Custom'
      ? trans.__('None is needed: a %1 model is served without one.', framework)
      : trans.__('This model has no framework that is served without an entry script.');
  return (
    <>
      <Field label={trans.__('Entry script')} help={help}>
        {attributes => (
          <div className="aml-Form-line">
            <input
              {...attributes}
              type="text"
              className="jp-mod-styled"
              placeholder={trans.__('none')}
              spellCheck={false}
              value={plan.script}
              onChange={event => change({ script: event.currentTarget.value })}
            />
            <Button
              label={browsing ? trans.__('Close') : trans.__('Browse…')}
              title={trans.__('Choose a Python file of the file browser')}
              onClick={() => setBrowsing(!browsing)}
            />
          </div>
        )}
      </Field>
      {browsing ? (
        <ScriptChooser
          app={context.app}
          trans={trans}
          folder={plan.script.includes('/') ? plan.script.replace(/\/[^/]*$/, '') : context.insert.folder}
          chosen={plan.script}
          onChoose={script => {
            change({ script });
            setBrowsing(false);
          }}
        />
      ) : null}
      {plan.script.trim() ? (
        <label className="aml-Form-check">
          <input
            type="checkbox"
            checked={plan.wholeFolder}
            onChange={event => change({ wholeFolder: event.currentTarget.checked })}
          />
          {trans.__('Take the whole folder of the script along')}
        </label>
      ) : null}
    </>
  );
}

function SizeFields(props: IFieldsProps & { change: Change }): JSX.Element {
  const { context, plan, change } = props;
  const { trans } = context;
  const words = { none: trans.__('none: anybody on this machine'), key: trans.__('key'), token: trans.__('token') };
  return (
    <div className="aml-Form-columns">
      <Field label={trans.__('CPU cores')} error={amountFault(plan.cpu, trans)}>
        {attributes => (
          <input
            {...attributes}
            type="text"
            inputMode="decimal"
            className="jp-mod-styled"
            placeholder="0.1"
            value={plan.cpu}
            onChange={event => change({ cpu: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label={trans.__('Memory (GB)')} error={amountFault(plan.memory, trans)}>
        {attributes => (
          <input
            {...attributes}
            type="text"
            inputMode="decimal"
            className="jp-mod-styled"
            placeholder="0.5"
            value={plan.memory}
            onChange={event => change({ memory: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label={trans.__('Authentication')}>
        {attributes => (
          <HTMLSelect
            {...attributes}
            value={plan.auth}
            onChange={event => change({ auth: event.currentTarget.value as IPlan['auth'] })}
          >
            {authsOf(plan.compute).map(auth => (
              <option key={auth} value={auth}>
                {words[auth]}
              </option>
            ))}
          </HTMLSelect>
        )}
      </Field>
    </div>
  );
}

function targetHelp(compute: string, clusters: number, { trans }: IContext): string | undefined {
  if (compute === 'local') {
    return trans.__('A LocalWebservice: no keys and no limits, and quick to change while a script is being written.');
  }
  return compute === 'aci' && !clusters ? trans.__('The workspace has no AKS cluster to choose.') : undefined;
}
