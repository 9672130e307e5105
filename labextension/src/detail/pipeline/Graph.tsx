import * as React from 'react';

import type { IGraph } from '../../api/types';
import { Badge } from '../../common/Badge';
import { CommandIDs, IDetailProps } from '../../tokens';
import { HEIGHT, IPlaced, layoutOf, WIDTH } from './layout';

/** The steps of a pipeline as a picture; each is a button where it has a run. Arrow keys go from step to step. */
export function Graph(props: { view: IDetailProps; graph: IGraph; runOf: (node: string) => string | null }): JSX.Element {
  const { view, graph, runOf } = props;
  const { trans } = view;
  const layout = React.useMemo(() => layoutOf(graph), [graph]);
  const marker = React.useId();
  const box = React.useRef<HTMLUListElement>(null);
  const open = (id: string) =>
    void view.app.commands.execute(CommandIDs.open, { workspace: view.workspace, kind: 'runs', id });
  const before = (id: string) =>
    graph.edges.filter(([, to]) => to === id).flatMap(([from]) => nameOf(graph, from) ?? []);

  return (
    <div className="aml-Graph" tabIndex={0} role="group" aria-label={trans.__('Steps of the pipeline')}>
      <div className="aml-Graph-area" style={{ width: layout.width, height: layout.height }}>
        <svg width={layout.width} height={layout.height} aria-hidden="true">
          <marker id={marker} viewBox="0 0 8 8" refX="3" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path className="aml-Graph-arrow" d="M0 0L8 4L0 8z" />
          </marker>
          {layout.lines.map(line => (
            <path key={`${line.from} ${line.to}`} className="aml-Graph-line" d={line.path} markerEnd={`url(#${marker})`} />
          ))}
        </svg>
        <ul ref={box} onKeyDown={event => onKeyDown(event, box.current, layout.steps)}>
          {layout.steps.map(step => (
            <Step key={step.node.id} view={view} step={step} run={runOf(step.node.id)} before={before(step.node.id)} onOpen={open} />
          ))}
        </ul>
      </div>
    </div>
  );
}

function Step(props: {
  view: IDetailProps;
  step: IPlaced;
  run: string | null;
  before: string[];
  onOpen: (run: string) => void;
}): JSX.Element {
  const { step, run, before } = props;
  const { trans } = props.view;
  const { node } = step;
  const inside = (
    <>
      <span className="aml-Graph-name">{node.name}</span>
      <span className="aml-Graph-state">
        {node.state ? <Badge tone={node.tone} label={node.state} /> : <span className="aml-mod-quiet">{node.kind}</span>}
      </span>
      {before.length ? <span className="aml-sr-only">{trans.__('after %1', before.join(', '))}</span> : null}
    </>
  );
  return (
    <li style={{ left: step.x, top: step.y, width: WIDTH, height: HEIGHT }}>
      {run ? (
        <button
          type="button"
          className={`aml-Graph-step aml-mod-${node.tone}`}
          title={`${node.name}\n${trans.__('Open the run of this step')}`}
          onClick={() => props.onOpen(run)}
        >
          {inside}
        </button>
      ) : (
        <div className={`aml-Graph-step aml-mod-${node.tone}`} title={node.name} tabIndex={-1}>
          {inside}
        </div>
      )}
    </li>
  );
}

/** Move the focus to the nearest step in the direction of an arrow key. */
function onKeyDown(event: React.KeyboardEvent, list: HTMLUListElement | null, steps: readonly IPlaced[]): void {
  const directions: Record<string, [number, number]> = {
    ArrowDown: [0, 1],
    ArrowUp: [0, -1],
    ArrowRight: [1, 0],
    ArrowLeft: [-1, 0]
  };
  const direction = directions[event.key];
  const items = [...(list?.children ?? [])];
  const here = items.findIndex(item => item.contains(event.target as Node));
  if (!direction || here < 0) {
    return;
  }
  event.preventDefault();
  const next = nearest(steps, here, direction);
  (items[next]?.firstElementChild as HTMLElement | null)?.focus();
}

function nearest(steps: readonly IPlaced[], here: number, [dx, dy]: [number, number]): number {
  let best = here;
  let least = Infinity;
  steps.forEach((step, index) => {
    const [x, y] = [step.x - steps[here].x, step.y - steps[here].y];
    const along = x * dx + y * dy;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    // A step of the same row is what left and right lead to, never one of another row.
    if (along > 0 && (dy !== 0 || aside === 0) && along * 4 + aside < least) {
      least = along * 4 + aside;
      best = index;
    }
  });
  return best;
}

function nameOf(graph: IGraph, id: string): string | undefined {
  return graph.nodes.find(node => node.id === id)?.name;
}
