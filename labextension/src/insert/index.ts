import type { Kind } from '../api/types';
import type { InsertStyle } from '../tokens';
import { IInserterOptions, Inserter } from './inserter';

export { InsertButton } from './InsertButton';

export function createInserter(options: IInserterOptions): IInserter {
  return new Inserter(options);
}

/** What code is wanted for: one object of a workspace. */
export interface IWanted {
  workspace: string;
  kind: Kind;
  id: string;
  name: string;
}

/** Puts code into the user's notebook. */
export interface IInserter {
  /** The folder of the current notebook, as the file browser has it; the root where none is open. */
  readonly folder: string;

  /** Insert a cell below the active one of the current notebook; without a style, the one of the settings. */
  insert(wanted: IWanted, style?: InsertStyle): Promise<void>;

  /** Insert a text that is there already, such as client code that a view shows. */
  insertText(text: string): Promise<void>;

  /** Put the code on the clipboard. */
  copy(wanted: IWanted, style?: InsertStyle): Promise<void>;

  /** Begin what may become a drag; to be called where the mouse button goes down. */
  press(event: MouseEvent, wanted: IWanted): void;

  /** Open a menu with the ways to insert, at the lower edge of an element. */
  menu(anchor: HTMLElement, wanted: IWanted): void;
}
