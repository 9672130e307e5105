import { CodeEditor, IEditorServices } from '@jupyterlab/codeeditor';
import * as React from 'react';

interface IJsonEditorProps {
  editors: IEditorServices | null;
  /** `application/json`, or another media type for what is no JSON. */
  type: string;
  value: string;
  label: string;
  invalid: boolean;
  /** The element that says what is wrong. */
  describedBy?: string;
  onChange(value: string): void;
}

/** Lab's own editor; a plain field where there is none. */
export function JsonEditor(props: IJsonEditorProps): JSX.Element {
  return props.editors ? <LabEditor {...props} editors={props.editors} /> : <PlainEditor {...props} />;
}

function LabEditor(props: IJsonEditorProps & { editors: IEditorServices }): JSX.Element {
  const { editors, type, value, label, invalid, describedBy } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const model = React.useRef<CodeEditor.IModel | null>(null);
  const latest = React.useRef(props);
  latest.current = props;

  React.useEffect(() => {
    const mine = new CodeEditor.Model({ mimeType: type });
    mine.sharedModel.setSource(latest.current.value);
    const editor = editors.factoryService.newInlineEditor({
      host: host.current as HTMLDivElement,
      model: mine,
      config: { lineNumbers: true, lineWrap: true, autoClosingBrackets: false }
    });
    const onChange = () => {
      const text = mine.sharedModel.getSource();
      if (text !== latest.current.value) {
        latest.current.onChange(text);
      }
    };
    mine.sharedModel.changed.connect(onChange);
    model.current = mine;
    return () => {
      model.current = null;
      mine.sharedModel.changed.disconnect(onChange);
      editor.dispose();
      mine.dispose();
    };
  }, [editors, type]);

  React.useEffect(() => {
    if (model.current && model.current.sharedModel.getSource() !== value) {
      model.current.sharedModel.setSource(value);
    }
  }, [value]);

  React.useEffect(() => {
    const content = host.current?.querySelector('.cm-content');
    content?.setAttribute('aria-label', label);
    content?.setAttribute('aria-invalid', String(invalid));
    content?.setAttribute('aria-describedby', describedBy ?? '');
  });

  return <div ref={host} className={`aml-Editor aml-mod-lab ${invalid ? 'aml-mod-invalid' : ''}`} />;
}

function PlainEditor({ value, label, invalid, describedBy, onChange }: IJsonEditorProps): JSX.Element {
  return (
    <textarea
      className="aml-Editor jp-mod-styled"
      aria-label={label}
      aria-invalid={invalid}
      aria-describedby={describedBy}
      spellCheck={false}
      rows={Math.min(22, Math.max(8, value.split('\n').length + 1))}
      value={value}
      onChange={event => onChange(event.target.value)}
    />
  );
}
