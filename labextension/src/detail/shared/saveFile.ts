import { tellFailure } from '../../common/failures';
import type { IDetailProps } from '../../tokens';

/** Save a file of a run to the user's machine. */
export async function saveFile(view: IDetailProps, name: string): Promise<void> {
  try {
    const blob = await view.client.blob(view.client.fileUrl(view.workspace, view.id, name));
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name.split('/').pop() || name;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the download reads it a little later
  } catch (error) {
    tellFailure(error, view.trans, name);
  }
}
