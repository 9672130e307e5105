import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IPipeline } from '../../api/types';
import { CommandIDs, IDetailProps } from '../../tokens';
import { Field } from '../shared/Field';
import { openForm } from '../shared/FormDialog';
import { parsed, written } from '../shared/values';

const EXPERIMENT = /^[a-zA-Z0-9][\w-]{0,254}$/;

interface IFilled {
  experiment: string;
  parameters: Record<string, string>;
}

/** Ask for the experiment and the parameters, submit, and open the run. */
export async function submitPipeline(view: IDetailProps, pipeline: IPipeline): Promise<void> {
  const { trans, client, workspace, id } = view;
  const filled: IFilled = {
    experiment: experimentOf(pipeline),
    parameters: Object.fromEntries(pipeline.parameters.map(each => [each.name, written(each.default)]))
  };
  let answer: unknown = null;
  const sent = await openForm({
    title: trans.__('Submit %1', pipeline.row.name),
    action: trans.__('Submit'),
    app: view.app,
    trans,
    focus: 'input',
    fields: () => <SubmitFields trans={trans} pipeline={pipeline} filled={filled} />,
    submit: async () => {
      if (!EXPERIMENT.test(filled.experiment)) {
        return false;
      }
      answer = await client.act(workspace, 'pipelines', id, 'submit', {
        experiment: filled.experiment,
        parameters: changesOf(pipeline, filled)
      });
      return true;
    }
  });
  const run = runOf(answer);
  if (sent && run) {
    await view.app.commands.execute(CommandIDs.open, { workspace, kind: 'pipelines', id: run });
  }
}

function SubmitFields(props: { trans: TranslationBundle; pipeline: IPipeline; filled: IFilled }): JSX.Element {
  const { trans, pipeline, filled } = props;
  const [, draw] = React.useReducer((count: number) => count + 1, 0);
  const wrong = EXPERIMENT.test(filled.experiment)
    ? null
    : trans.__('An experiment has 1 to 255 letters, digits, dashes and underscores, and begins with a letter or a digit.');
  return (
    <div className="aml-Form">
      <Field label={trans.__('Experiment')} error={wrong}>
        {attributes => (
          <input
            {...attributes}
            type="text"
            className="jp-mod-styled"
            value={filled.experiment}
            onChange={event => {
              filled.experiment = event.currentTarget.value;
              draw();
            }}
          />
        )}
      </Field>
      {pipeline.parameters.map(({ name, default: usual }) => (
        <Field
          key={name}
          label={name}
          help={filled.parameters[name] === written(usual) ? undefined : trans.__('The default is %1', written(usual) || '–')}
        >
          {attributes => (
            <input
              {...attributes}
              type="text"
              className="jp-mod-styled"
              value={filled.parameters[name]}
              onChange={event => {
                filled.parameters[name] = event.currentTarget.value;
                draw();
              }}
            />
          )}
        </Field>
      ))}
      {pipeline.parameters.length ? null : (
        <p className="aml-Empty">{trans.__('This pipeline has no parameters.')}</p>
      )}
    </div>
  );
}

/** Only what differs from the defaults: those stay the pipeline's own. */
function changesOf(pipeline: IPipeline, filled: IFilled): Record<string, unknown> {
  const changed = pipeline.parameters.filter(each => filled.parameters[each.name] !== written(each.default));
  return Object.fromEntries(changed.map(each => [each.name, parsed(filled.parameters[each.name], each.default)]));
}

/** The experiment of the newest run, else a name made of the pipeline's. */
function experimentOf(pipeline: IPipeline): string {
  const used = pipeline.schedules.length ? null : pipeline.runs[0]?.about.split(' ')[0];
  if (used && EXPERIMENT.test(used)) {
    return used;
  }
  return pipeline.row.name.replace(/[^\w-]+/g, '-').replace(/^[^a-zA-Z0-9]+/, '').slice(0, 255) || 'pipeline';
}

/** The id of the run that was submitted: the server answers with its row. */
function runOf(answer: unknown): string | null {
  const row = (answer as { row?: { id?: unknown } } | null)?.row;
  return typeof row?.id === 'string' ? row.id : null;
}
