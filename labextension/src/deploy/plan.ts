import type { IDeployment, IRow } from '../api/types';

export type Auth = 'none' | 'key' | 'token';

/** What the workspace has to choose from. */
export interface IChoices {
  models: readonly IRow[];
  clusters: readonly IRow[];
  environments: readonly IRow[];
  services: readonly IRow[];
}

/** Names of services that there are; local ones are apart from those in the cloud, as in v1. */
export function takenNames(services: readonly IRow[], compute: string): ReadonlySet<string> {
  const local = compute === 'local';
  return new Set(services.filter(row => row.id.endsWith('@local') === local).map(row => row.name));
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
      const [folder, script] = parted(asked.entry_script);
      asked.source_directory = folder || '.';
      asked.entry_script = script;
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

/** The folder of a path of the file browser, and the name in it. */
function parted(path: string): [folder: string, name: string] {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
}
