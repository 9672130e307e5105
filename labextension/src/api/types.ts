/** What the server extension answers; the two halves of the contract change together (PROTOCOL in tokens.ts). */

export const KINDS = ['models', 'services', 'compute', 'runs', 'pipelines', 'schedules', 'data', 'environments'] as const;
export type Kind = (typeof KINDS)[number];

export type Tone = 'ok' | 'busy' | 'warn' | 'bad' | 'idle' | 'none';

export interface IWorkspace {
  id: string;
  name: string;
  resource_group: string;
  location: string;
  folder: string;
  default: boolean;
}

export interface IHello {
  version: string;
  protocol: number;
  python: string;
  /** Null where the one that was asked for is not there. */
  engine: string | null;
  home: string;
  workspaces: IWorkspace[];
}

export interface IRow {
  kind: Kind;
  id: string;
  name: string;
  version: string | null;
  state: string | null;
  tone: Tone;
  about: string;
  created: string | null;
  /** Epoch milliseconds of the state. */
  at: number | null;
  tags: Record<string, string>;
  /** Pipelines: `published`, `endpoint` or `run`. */
  type?: string;
  /** Services: what they run on. */
  target?: string;
  /** Models: how many versions there are. */
  versions?: number;
}

export interface IRows {
  kind: Kind;
  total: number;
  rows: IRow[];
}

export interface IErrorBody {
  code: string;
  message: string;
  hint: string | null;
  where?: IWhere | string | null;
}

export interface IWhere {
  file: string;
  line: number;
  lines: { number: number; text: string; marked: boolean }[];
}

export interface IDiagnosis {
  cause: string;
  title: string;
  why: string;
  where: IWhere | null;
  fix: string[];
  /** The message that Azure would have shown. */
  azure: string;
  evidence: string[];
}

export interface IMetrics {
  /** Epoch seconds; the other lists are as long. */
  at: number[];
  requests: (number | null)[];
  errors: (number | null)[];
  p50: (number | null)[];
  p99: (number | null)[];
  replicas: (number | null)[];
  queue?: (number | null)[];
}

export interface IFile {
  name: string;
  size: number;
}

/** One of several versions of a dataset, an environment or a pipeline endpoint; `id` opens it. */
export interface IVersion {
  id: string;
  version: string;
  created?: string | null;
}

interface IDetail {
  row: IRow;
}

export type ServiceAction = 'reload' | 'update' | 'scale' | 'regenerate_key' | 'delete' | 'score';

export interface IService extends IDetail {
  compute_type: string;
  /** The cluster of an AKS service. */
  compute: string | null;
  description: string | null;
  entry_script: string | null;
  source_directory: string | null;
  app_insights: boolean;
  scoring_uri: string | null;
  swagger_uri: string | null;
  auth: 'none' | 'key' | 'token';
  why: string | null;
  diagnosis: IDiagnosis | null;
  models: { id: string; name: string; version: string | null }[];
  environment: string | null;
  engine: string;
  image: string | null;
  cpu: number | null;
  memory_gb: number | null;
  /** How many answer now. */
  replicas: number | null;
  /** How many are to. */
  replicas_wanted: number | null;
  autoscale: { min_replicas?: number; max_replicas?: number; [key: string]: unknown } | null;
  tags: Record<string, string>;
  properties: Record<string, string>;
  created: string | null;
  updated: string | null;
  swagger: Record<string, unknown> | null;
  /** Null where it can be done, else the reason why it cannot. */
  actions: Record<ServiceAction, string | null>;
}

export interface IModel extends IDetail {
  versions: {
    id: string;
    version: string;
    created: string | null;
    tags: Record<string, string>;
    framework: string | null;
    run_id: string | null;
  }[];
  description: string | null;
  framework: string | null;
  framework_version: string | null;
  tags: Record<string, string>;
  properties: Record<string, string>;
  experiment?: string | null;
  files: IFile[];
  lineage: { run: IRow | null; services: IRow[]; datasets: IRow[] };
  sample?: unknown;
}

export interface IRunMetric {
  name: string;
  kind: string;
  steps: (number | null)[];
  values: unknown[];
}

export interface IRun extends IDetail {
  status: string;
  experiment: string;
  number: number;
  run_type: string | null;
  display_name: string | null;
  description?: string | null;
  started: string | null;
  ended: string | null;
  duration_s: number | null;
  target: string | null;
  script: string | null;
  parameters?: Record<string, unknown>;
  error: string | null;
  tags: Record<string, string>;
  properties: Record<string, string>;
  metrics: IRunMetric[];
  images: { name: string; url: string }[];
  files: IFile[];
  logs: IFile[];
  children: IRow[];
  parent: string | null;
  inputs: unknown;
  outputs: unknown;
  /** Null where it can be cancelled, else the reason why it cannot. */
  cancel?: string | null;
  primary_metric?: { name: string; maximize: boolean } | null;
}

export interface IGraph {
  nodes: {
    id: string;
    name: string;
    kind: string;
    state: string | null;
    tone: Tone;
    /** The run of the step, where the graph is that of a run. */
    run?: string | null;
    x?: number;
    y?: number;
  }[];
  edges: [string, string][];
}

export interface IPipeline extends IDetail {
  type: 'published' | 'endpoint' | 'run';
  graph: IGraph | null;
  /** A picture made by the server, escaped there; shown as an image only. */
  svg: string | null;
  endpoint: string | null;
  versions: IVersion[];
  parameters: { name: string; default: unknown }[];
  schedules: IRow[];
  runs: IRow[];
  /** Why a run of a pipeline failed. */
  error?: string | null;
  description?: string | null;
  /** Null where it can be done, else the reason why it cannot. */
  actions?: Partial<Record<'cancel' | 'enable' | 'disable' | 'submit', string | null>>;
}

export interface ISchedule extends IDetail {
  status: string;
  pipeline: string | null;
  pipeline_id?: string | null;
  description?: string | null;
  /** Why it did not run when it was due. */
  trouble?: string | null;
  experiment: string | null;
  recurrence: string | null;
  next_run: string | null;
  last_run: string | null;
  runs: IRow[];
  parameters: Record<string, unknown> | { name: string; value: unknown }[];
  actions?: Partial<Record<'enable' | 'disable', string | null>>;
}

export interface ICompute extends IDetail {
  type: string;
  state: string;
  errors: (string | Record<string, unknown>)[];
  vm_size: string | null;
  min_nodes: number | null;
  max_nodes: number | null;
  nodes: { id: string; state: string; run: string | null }[];
  idle_seconds: number | null;
  provisioning: string | null;
  services: IRow[];
  quota?: unknown;
  /** The runs that wait for a node. */
  waiting?: string[];
  address?: string | null;
  actions?: Partial<Record<'start' | 'stop' | 'delete', string | null>>;
}

export interface IData extends IDetail {
  type: 'dataset tabular' | 'dataset file' | 'datastore';
  versions: IVersion[];
  description: string | null;
  tags: Record<string, string>;
  location: string[];
  /** What is done to the data when it is read. */
  steps?: string[];
  datastore_type?: string;
  default?: boolean;
  preview_error?: string | null;
  preview: { columns: string[]; rows: unknown[][] } | { files: string[] } | null;
}

export interface IEnvironment extends IDetail {
  versions: IVersion[];
  conda: string | null;
  packages: string[];
  docker: unknown;
  python: string | null;
  /** Environment variables. */
  variables?: Record<string, string>;
  curated?: boolean;
}

/** What `GET w/{ws}/{kind}/{id}` answers. */
export interface IDetails {
  services: IService;
  models: IModel;
  runs: IRun;
  pipelines: IPipeline;
  schedules: ISchedule;
  compute: ICompute;
  data: IData;
  environments: IEnvironment;
}

export interface IAnswer {
  status: number;
  reason: string;
  headers: Record<string, string>;
  body: string;
  /** True where the body was longer than the server passes on. */
  truncated?: boolean;
  ms: number;
}

export type Keys = { primary: string; secondary: string } | { token: string; refresh_after: string; expires: string };

export interface ICode {
  v1: string;
  magic: string | null;
}

export interface ILogPiece {
  name: string;
  from: number;
  to: number;
  size: number;
  text: string;
}

export interface IDeployment {
  name: string;
  compute: string;
  entry_script: string | null;
  source_directory?: string;
  environment?: string;
  cpu?: number;
  memory_gb?: number;
  /** Left out: what v1 has for the target. */
  auth?: 'none' | 'key' | 'token';
}

export type ServerEvent =
  | { event: 'hello'; version: string; protocol: number }
  | { event: 'changed'; workspace: string; kind: Kind; id: string; row: IRow | null; at: number }
  | { event: 'reset'; workspace: string; kind?: Kind }
  | { event: 'gone'; workspace: string; message: string }
  | { event: 'log'; kind: Kind; id: string; name: string; from: number; to: number; text: string }
  | ({ event: 'metrics'; id: string } & IMetrics)
  | { event: 'error'; workspace?: string; code: string; message: string; hint: string | null }
  | { event: 'pong' };

export type Follow =
  | { channel: 'log'; workspace: string; kind: Kind; id: string; name: string; from: number }
  | { channel: 'metrics'; workspace: string; id: string };
