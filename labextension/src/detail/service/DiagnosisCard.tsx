import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IDiagnosis } from '../../api/types';
import { Where } from '../../common/Where';

interface IDiagnosisProps {
  diagnosis: IDiagnosis;
  app: JupyterFrontEnd;
  trans: TranslationBundle;
  /** The service is up all the same. */
  mild?: boolean;
  children?: React.ReactNode;
}

/** What is wrong with a service, where in the user's script, how it is mended, and what Azure would have said. */
export function DiagnosisCard({ diagnosis, app, trans, mild, children }: IDiagnosisProps): JSX.Element {
  const title = React.useId();
  return (
    <section className={`aml-Diagnosis ${mild ? 'aml-mod-warn' : 'aml-mod-bad'}`} aria-labelledby={title}>
      <h2 id={title}>{diagnosis.title}</h2>
      <p className="aml-Diagnosis-why">{diagnosis.why}</p>
      {diagnosis.where && <Where where={diagnosis.where} app={app} trans={trans} />}
      {diagnosis.fix.length > 0 && (
        <>
          <h3>{trans.__('How to mend it')}</h3>
          <ol className="aml-Diagnosis-fix">
            {diagnosis.fix.map((step, index) => (
              <li key={index}>{step}</li>
            ))}
          </ol>
        </>
      )}
      {diagnosis.azure && (
        <details>
          <summary>{trans.__('What Azure would have shown')}</summary>
          <pre tabIndex={0}>{diagnosis.azure}</pre>
        </details>
      )}
      {diagnosis.evidence.length > 0 && (
        <details>
          <summary>{trans.__('What this was found from')}</summary>
          <pre tabIndex={0}>{diagnosis.evidence.join('\n')}</pre>
        </details>
      )}
      {children}
    </section>
  );
}
