import type { TranslationBundle } from '@jupyterlab/translation';

import type { Kind } from '../api/types';
import type { Section } from '../model/outline';

export function sectionTitle(section: Section, trans: TranslationBundle): string {
  return {
    models: trans.__('Models'),
    services: trans.__('Services'),
    compute: trans.__('Compute'),
    runs: trans.__('Runs'),
    pipelines: trans.__('Pipelines and Schedules'),
    data: trans.__('Data'),
    environments: trans.__('Environments')
  }[section];
}

/** What one object is called. */
export function kindTitle(kind: Kind, trans: TranslationBundle): string {
  return {
    models: trans.__('Model'),
    services: trans.__('Service'),
    compute: trans.__('Compute target'),
    runs: trans.__('Run'),
    pipelines: trans.__('Pipeline'),
    schedules: trans.__('Schedule'),
    data: trans.__('Dataset'),
    environments: trans.__('Environment')
  }[kind];
}

/** What stands below a section that has nothing: how something gets there. */
export function emptyNote(section: Section, trans: TranslationBundle): string {
  return {
    models: trans.__('None yet: Model.register(…)'),
    services: trans.__('None yet: Model.deploy(…)'),
    compute: trans.__('None yet: ComputeTarget.create(…)'),
    runs: trans.__('None yet: experiment.submit(…)'),
    pipelines: trans.__('None yet: pipeline.publish(…)'),
    data: trans.__('None yet: dataset.register(…)'),
    environments: trans.__('None yet: environment.register(…)')
  }[section];
}
