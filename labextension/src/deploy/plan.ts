import { PathExt } from '@jupyterlab/coreutils';

import type { IDeployment, IRow } from '../api/types';

export type Auth = 'none' | 'key' | 'token';

/** What the workspace has to choose from. */
export interface IChoices {
  models: readonly IRow[];
  clusters: readonly IRow[];
  environments: readonly IRow[];
  /** Names of services that there are. */
  taken: ReadonlySet<string>;
}

/** What the form has been filled in with. */
export interface IPlan {
  model: string;
  name: string;
  /** Whether the user has typed a name: else it follows the model. */
  named: boolean;
  /** `local`, `aci` or `aks:CLUSTER`. */
  compute: string;
  script: string;
  wholeFolder: boolean;
  environment: string;
  cpu: string;
  memory: string;
  auth: Auth;
}

/** The ways to ask callers who they are that a target has; the first is v1's default. */
export function authsOf(compute: string): Auth[] {
  if (compute === 'local') {
    return ['none'];
  }
  return compute === 'aci' ? ['none', 'key'] : ['key', 'token', 'none'];
}

/** What is sent: nothing of what a target does not have. */
export function deploymentOf(plan: IPlan): IDeployment {
  const asked: IDeployment = { name: plan.name, compute: plan.compute, entry_script: plan.script.trim() || null };
  if (asked.entry_script) {
    if (plan.wholeFolder) {
      const script = asked.entry_script;
      asked.source_directory = PathExt.dirname(script) || '.';
      asked.entry_script = PathExt.basename(script);
    }
    if (plan.environment) {
      asked.environment = plan.environment;
    }
  }
  if (plan.compute !== 'local') {
    asked.auth = plan.auth;
    if (plan.cpu.trim()) {
      asked.cpu = Number(plan.cpu);
    }
    if (plan.memory.trim()) {
      asked.memory_gb = Number(plan.memory);
    }
  }
  return asked;
}
