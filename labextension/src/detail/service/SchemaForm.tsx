import type { TranslationBundle } from '@jupyterlab/translation';
import { FormComponent } from '@jupyterlab/ui-components';
import type { Field, FieldProps, ValidatorType } from '@rjsf/utils';
import * as React from 'react';

import { Schema } from './sending';
import { isTable } from './table';
import { TableField } from './TableField';

/** The service itself says what it refuses, so that nothing is judged twice. */
const VALIDATOR: ValidatorType = {
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  toErrorList: () => [],
  isValid: () => true,
  rawValidation: () => ({})
};

interface ISchemaFormProps {
  schema: Schema;
  value: unknown;
  onChange(value: unknown): void;
  trans: TranslationBundle;
}

/** A form for what a service takes, made from the schema in its description; rows of data are a table. */
export function SchemaForm(props: ISchemaFormProps): JSX.Element {
  const { schema, value, onChange, trans } = props;
  const fields = React.useMemo(() => {
    const Table: Field = (field: FieldProps) => (
      <TableField
        title={field.schema.title ?? field.name}
        schema={field.schema as Schema}
        value={field.formData}
        onChange={field.onChange}
        trans={trans}
      />
    );
    return { table: Table };
  }, [trans]);
  const prefix = React.useId();
  const box = React.useRef<HTMLDivElement>(null);
  React.useLayoutEffect(() => named(box.current as HTMLElement));
  const ui = React.useMemo(() => uiOf(schema), [schema]);
  return (
    <div className="aml-SchemaForm" ref={box}>
      <FormComponent
        schema={plain(schema) as never}
        uiSchema={ui}
        fields={fields}
        idPrefix={prefix}
        validator={VALIDATOR}
        formData={value as never}
        onChange={event => onChange(event.formData)}
        compact
        showModifiedFromDefault={false}
        noHtml5Validate
        liveValidate={false}
      />
    </div>
  );
}

/** Lab's forms name their fields by a heading that screen readers do not connect with them. */
function named(form: HTMLElement): void {
  for (const input of Array.from(form.querySelectorAll('input, select, textarea'))) {
    const name = input.getAttribute('label');
    if (name && !input.hasAttribute('aria-label')) {
      input.setAttribute('aria-label', name);
    }
  }
}

/** Which parts of the form are tables. */
function uiOf(schema: Schema): Record<string, unknown> {
  if (isTable(schema)) {
    return { 'ui:field': 'table' };
  }
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  return Object.fromEntries(properties.map(([name, part]) => [name, uiOf(part)]));
}

/** The schema without its examples, which some forms take for values. */
function plain(schema: Schema): Schema {
  const { example: _example, ...rest } = schema;
  if (rest.properties) {
    const properties = Object.entries(rest.properties as Record<string, Schema>);
    rest.properties = Object.fromEntries(properties.map(([name, part]) => [name, plain(part)]));
  }
  if (rest.items) {
    rest.items = plain(rest.items as Schema);
  }
  return rest;
}
