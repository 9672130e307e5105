import { closeIcon, searchIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { IconButton } from './Header';

interface ISearchBoxProps {
  value: string;
  trans: TranslationBundle;
  /** How many were found, for screen readers. */
  found: number;
  onChange(value: string): void;
  /** The arrow down leads to what was found. */
  onLeave(): void;
}

/** Searches names, states, tags and what is told of everything in the workspace. */
export const SearchBox = React.forwardRef<HTMLInputElement, ISearchBoxProps>(function SearchBox(props, ref) {
  const { value, trans, onChange } = props;
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape' && value) {
      event.stopPropagation();
      onChange('');
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      props.onLeave();
    }
  };
  return (
    <div className="aml-Search" role="search">
      <searchIcon.react tag="span" className="aml-Search-icon" aria-hidden="true" />
      <input
        ref={ref}
        type="search"
        value={value}
        spellCheck={false}
        placeholder={trans.__('Search names, states, tags')}
        aria-label={trans.__('Search names, states, tags')}
        onChange={event => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {value ? <IconButton icon={closeIcon} label={trans.__('Clear the search')} onClick={() => onChange('')} /> : null}
      <span className="aml-sr-only" role="status">
        {value ? trans._n('%1 found', '%1 found', props.found) : ''}
      </span>
    </div>
  );
});
