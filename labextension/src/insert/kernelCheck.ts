import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, KernelMessage } from '@jupyterlab/services';

/** What a kernel says of its aml_nb. */
export interface IKernelAnswer {
  /** How the kernel is called for people. */
  kernel: string;
  /** The kernel's Python. */
  python: string;
  version: string | null;
  /** Why it could not be imported where it is there. */
  error: string | null;
}

// One expression, so that the user's names stay as they are; hexadecimal, for it needs no unquoting.
const FIND = `__import__("importlib.util").util.find_spec("aml_nb")`;
const ASKED = {
  python: `__import__("sys").executable.encode().hex()`,
  version: `(__import__("aml_nb").__version__ if ${FIND} else "").encode().hex()`
};

/** Ask the kernel of a notebook, silently; null where it has none, or none that speaks Python. */
export async function askKernel(panel: NotebookPanel): Promise<IKernelAnswer | null> {
  await panel.sessionContext.ready;
  const kernel = panel.sessionContext.session?.kernel;
  if (!kernel || !(await speaksPython(kernel))) {
    return null;
  }
  const future = kernel.requestExecute(
    { code: '', silent: true, store_history: false, allow_stdin: false, user_expressions: ASKED },
    true
  );
  try {
    const { content } = await future.done;
    return content.status === 'ok' ? answerOf(panel.sessionContext.kernelDisplayName, content) : null;
  } catch {
    return null; // the kernel was restarted or ended before it answered
  }
}

async function speaksPython(kernel: Kernel.IKernelConnection): Promise<boolean> {
  const info = await kernel.info;
  return info.language_info.name === 'python';
}

function answerOf(kernel: string, content: KernelMessage.IExecuteReply): IKernelAnswer {
  const told = content.user_expressions as unknown as Record<string, IExpression | undefined>;
  return {
    kernel,
    python: text(told.python) ?? '',
    version: text(told.version) || null,
    error: told.version?.status === 'error' ? `${told.version.ename}: ${told.version.evalue}` : null
  };
}

interface IExpression {
  status: string;
  data?: Record<string, unknown>;
  ename?: string;
  evalue?: string;
}

/** The text that an expression stood for. */
function text(expression: IExpression | undefined): string | null {
  const told = expression?.data?.['text/plain'];
  if (typeof told !== 'string') {
    return null;
  }
  const digits = told.replace(/[^0-9a-f]/g, '');
  const bytes = Uint8Array.from(digits.match(/../g) ?? [], pair => parseInt(pair, 16));
  return new TextDecoder().decode(bytes);
}
