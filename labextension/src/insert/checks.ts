import { Notification } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import { copy } from '../common/CopyButton';
import { askKernel, IKernelAnswer } from './kernelCheck';

const SHOWN_MS = 20_000;
// A magic, so that it reaches the kernel's own Python.
const INSTALL = '%pip install aml_nb';

/** Tells where a notebook's kernel cannot run what was inserted; each kernel is asked until its answer was good. */
export class KernelChecks {
  constructor(
    private readonly trans: TranslationBundle,
    /** The version of the server's aml_nb, which the panel's own is equal to. */
    private readonly server: string
  ) {}

  async check(panel: NotebookPanel): Promise<void> {
    const kernel = panel.sessionContext.session?.kernel;
    if (kernel && this.good.has(kernel.id)) {
      return;
    }
    const answer = await askKernel(panel);
    if (!answer || panel.isDisposed) {
      return;
    }
    const asked = panel.sessionContext.session?.kernel?.id ?? '';
    const said = this.words(answer);
    if (said) {
      this.tell(asked, said, answer);
    } else {
      this.good.add(asked);
      this.forget(asked);
    }
  }

  /** What is wrong with a kernel; null where nothing is. */
  private words(answer: IKernelAnswer): string | null {
    const { trans, server } = this;
    const { kernel, python, version, error } = answer;
    // What matters most stands first: Lab cuts long texts.
    if (error) {
      return trans.__('aml_nb cannot be imported in the kernel "%1": %2 (Python: %3)', kernel, error, python);
    }
    if (!version) {
      return trans.__('No aml_nb in the kernel "%1": run %2 there and restart it. Python: %3', kernel, INSTALL, python);
    }
    if (version !== server) {
      const command = equal(server);
      return trans.__('The kernel has aml_nb %1, the server %2: run %3, then restart. Python: %4', version, server, command, python);
    }
    return null;
  }

  /** One notice a kernel, however often something is inserted. */
  private tell(kernel: string, message: string, answer: IKernelAnswer): void {
    const { trans } = this;
    const text = answer.version === null ? INSTALL : equal(this.server);
    const options: Notification.IOptions<never> = {
      autoClose: SHOWN_MS,
      actions: [{ label: trans.__('Copy the command'), callback: () => void copy(text) }]
    };
    const id = this.told.get(kernel);
    if (id === undefined || !Notification.update({ id, message, type: 'warning', ...options })) {
      this.told.set(kernel, Notification.warning(message, options));
    }
  }

  private forget(kernel: string): void {
    const id = this.told.get(kernel);
    if (id !== undefined) {
      Notification.dismiss(id);
      this.told.delete(kernel);
    }
  }

  private readonly good = new Set<string>();
  private readonly told = new Map<string, string>();
}

function equal(version: string): string {
  return `%pip install aml_nb==${version}`;
}
