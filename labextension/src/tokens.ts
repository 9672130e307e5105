import { JupyterFrontEnd } from '@jupyterlab/application';
import type { IEditorServices } from '@jupyterlab/codeeditor';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Token } from '@lumino/coreutils';

import type { Client } from './api/client';
import type { IRow, Kind } from './api/types';
import type { Section } from './model/outline';
import type { IInserter } from './insert';
import type { Store } from './model/store';

/** Name of the extension: its plugins, settings and labels start with it. */
export const EXTENSION = 'aml-nb';

/** The bundle of translated texts. */
export const DOMAIN = 'aml_nb';

/** Version of the panel; equal to `aml_nb.__version__`, which a test holds it to. */
export const VERSION = '0.1.0';

/** Version of what panel and server say to each other. */
export const PROTOCOL = 1;

export namespace CommandIDs {
  export const show = 'aml-nb:show-panel';
  export const refresh = 'aml-nb:refresh';
  export const search = 'aml-nb:search';
  export const chooseWorkspace = 'aml-nb:choose-workspace';
  export const deploy = 'aml-nb:deploy';
  export const open = 'aml-nb:open';
  export const insertCode = 'aml-nb:insert-code';
  export const insertMagic = 'aml-nb:insert-magic';
  export const copyCode = 'aml-nb:copy-code';
  export const copyName = 'aml-nb:copy-name';
  export const copyUri = 'aml-nb:copy-scoring-uri';
  export const reload = 'aml-nb:reload-service';
  export const remove = 'aml-nb:delete';
  export const help = 'aml-nb:help';
}

/** How code is put into a notebook where the user does not say it. */
export type InsertStyle = 'v1' | 'magic';

/** What the user's settings say, always whole: missing ones have their defaults. */
export interface ISettings {
  pollSeconds: number;
  notify: 'all' | 'failures' | 'none';
  insertStyle: InsertStyle;
  sections: Section[];
  statusBar: boolean;
}

/** What every part of the panel is given. */
export interface IContext {
  readonly app: JupyterFrontEnd;
  readonly client: Client;
  readonly model: Store;
  readonly trans: TranslationBundle;
  readonly insert: IInserter;
  readonly settings: () => ISettings;
  /** Lab's editors of code; null where there are none. */
  readonly editors: IEditorServices | null;
}

/** What the view of one object in the main area is given. */
export interface IDetailProps extends IContext {
  readonly workspace: string;
  readonly kind: Kind;
  readonly id: string;
  /** To be called once the object's name is known, for the tab to have it. */
  readonly named?: (name: string) => void;
  /** Close the view: its object was deleted in it. */
  readonly close?: () => void;
}

/** What other extensions can do with the panel. */
export interface IPanel {
  readonly client: Client;
  readonly model: Store;
  /** Open the view of one object in the main area. */
  open(kind: Kind, id: string, workspace?: string): Promise<void>;
  /** The row that has the focus in the side panel. */
  readonly current: IRow | null;
}

export const IPanel = new Token<IPanel>('aml-nb:IPanel', 'The Azure ML side panel: its client, its lists and its views.');
