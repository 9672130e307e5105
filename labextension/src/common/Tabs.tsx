import * as React from 'react';

export interface ITab {
  id: string;
  label: string;
  /** A small number or word beside the label, such as how many there are. */
  note?: string | number | null;
  /** Draws what the tab shows; called only while the tab is the active one. */
  render(): React.ReactNode;
}

interface ITabsProps {
  /** What the tabs belong to, for screen readers. */
  label: string;
  tabs: readonly ITab[];
  active: string;
  onActivate(id: string): void;
}

/** Which tab a key leads to, from the one at `index`; null for keys that are not ours. */
function reached(key: string, index: number, count: number): number | null {
  switch (key) {
    case 'ArrowRight':
      return (index + 1) % count;
    case 'ArrowLeft':
      return (index + count - 1) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

/** Tabs as the WAI-ARIA pattern has them: one stop for the Tab key, arrows between them. */
export function Tabs(props: ITabsProps): JSX.Element {
  const { tabs, onActivate } = props;
  const base = React.useId();
  const buttons = React.useRef(new Map<string, HTMLButtonElement>());
  const index = Math.max(
    0,
    tabs.findIndex(tab => tab.id === props.active)
  );
  const shown = tabs[index];

  const onKeyDown = (event: React.KeyboardEvent) => {
    const next = reached(event.key, index, tabs.length);
    if (next === null) {
      return;
    }
    event.preventDefault();
    onActivate(tabs[next].id);
    buttons.current.get(tabs[next].id)?.focus();
  };

  return (
    <div className="aml-Tabs">
      <div className="aml-Tabs-bar" role="tablist" aria-label={props.label} onKeyDown={onKeyDown}>
        {tabs.map(tab => (
          <button
            key={tab.id}
            ref={node => {
              if (node) {
                buttons.current.set(tab.id, node);
              } else {
                buttons.current.delete(tab.id);
              }
            }}
            type="button"
            role="tab"
            id={`${base}-tab-${tab.id}`}
            aria-selected={tab === shown}
            aria-controls={tab === shown ? `${base}-panel` : undefined}
            tabIndex={tab === shown ? 0 : -1}
            className="aml-Tabs-tab"
            onClick={() => onActivate(tab.id)}
          >
            {tab.label}
            {tab.note !== undefined && tab.note !== null && <span className="aml-Tabs-note">{tab.note}</span>}
          </button>
        ))}
      </div>
      <div
        key={shown.id}
        className="aml-Tabs-panel"
        role="tabpanel"
        id={`${base}-panel`}
        aria-labelledby={`${base}-tab-${shown.id}`}
        tabIndex={0}
      >
        {shown.render()}
      </div>
    </div>
  );
}
