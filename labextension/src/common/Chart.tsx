import * as React from 'react';

import { IScale, place, scaleOf, ticksOf, timeLabel, timesOf } from './chartScale';

export interface ISeries {
  name: string;
  values: readonly (number | null)[];
  /** Which of the chart's colours; by default the place among the series. */
  tone?: number | 'bad';
}

interface IChartProps {
  title: string;
  /** Where the values stand; for times seconds since 1970. */
  at: readonly number[];
  series: readonly ISeries[];
  times?: boolean;
  /** Stands behind numbers, such as "ms". */
  unit?: string;
  format?(value: number): string;
  height?: number;
  /** The ends of the axis of places, where they are not those of the values. */
  span?: readonly [number, number];
  /** Begin the axis of values at its smallest value rather than at 0. */
  loose?: boolean;
  /** The values are whole numbers. */
  whole?: boolean;
}

const EDGE = { left: 44, right: 12, top: 8, bottom: 20 };

const plain = (value: number): string => String(Number(value.toPrecision(4)));

/** Lines over time or steps, drawn as SVG in the theme's colours; what they say is there in words, too. */
export function Chart(props: IChartProps): JSX.Element {
  const { at, series, height = 140, format = plain, unit = '' } = props;
  const [box, width] = useWidth();
  const [pointed, setPointed] = React.useState<number | null>(null);

  const across = props.span ?? [at[0] ?? 0, at[at.length - 1] ?? 1];
  const x = place(across[0], across[1], EDGE.left, width - EDGE.right);
  const scale = scaleOf(
    series.flatMap(one => one.values.filter((value): value is number => value !== null && isFinite(value))),
    !props.loose,
    props.whole
  );
  const y = place(scale.from, scale.to, height - EDGE.bottom, EDGE.top);
  const most = Math.max(2, Math.floor(width / 120));
  const places = props.times ? timesOf(across[0], across[1], most) : ticksOf(across[0], across[1], most);
  const label = props.times ? timeLabel : plain;
  const shown = pointed !== null && pointed < at.length ? pointed : null;
  const told = (value: number | null | undefined) =>
    value === null || value === undefined ? '–' : `${format(value)}${unit ? ` ${unit}` : ''}`;

  const onPointerMove = (event: React.PointerEvent<SVGSVGElement>) => {
    const left = event.clientX - event.currentTarget.getBoundingClientRect().left;
    setPointed(at.length ? nearest(at.map(x), left) : null);
  };

  return (
    <figure className="aml-Chart" ref={box}>
      <figcaption className="aml-Chart-head">
        <span className="aml-Chart-title">{props.title}</span>
        {series.map((one, index) => (
          <span key={one.name} className={`aml-Chart-value aml-mod-line${one.tone ?? index}`}>
            <span className="aml-Chart-key" aria-hidden="true" />
            {series.length > 1 && <span className="aml-Chart-name">{one.name}</span>}
            <strong>{told(shown === null ? last(one.values) : one.values[shown])}</strong>
          </span>
        ))}
      </figcaption>
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={inWords(props, told)}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setPointed(null)}
      >
        <Grid scale={scale} x={x} y={y} width={width} height={height} places={places} label={label} format={format} />
        {series.map((one, index) => (
          <path
            key={one.name}
            className={`aml-Chart-line aml-mod-line${one.tone ?? index}`}
            d={pathOf(at, one.values, x, y)}
          />
        ))}
        {series.map((one, index) =>
          alone(one.values, at.length).map(point => (
            <circle
              key={`${one.name} ${point}`}
              className={`aml-Chart-point aml-mod-line${one.tone ?? index}`}
              cx={x(at[point])}
              cy={y(one.values[point] as number)}
              r={2}
            />
          ))
        )}
        {shown !== null && (
          <g className="aml-Chart-pointed">
            <line x1={x(at[shown])} x2={x(at[shown])} y1={EDGE.top} y2={height - EDGE.bottom} />
            {series.map((one, index) => {
              const value = one.values[shown];
              return value === null || value === undefined ? null : (
                <circle
                  key={one.name}
                  className={`aml-mod-line${one.tone ?? index}`}
                  cx={x(at[shown])}
                  cy={y(value)}
                  r={3}
                />
              );
            })}
            <text x={Math.min(Math.max(x(at[shown]), EDGE.left + 8), width - 28)} y={height - 5} textAnchor="middle">
              {label(at[shown])}
            </text>
          </g>
        )}
      </svg>
    </figure>
  );
}

interface IGridProps {
  scale: IScale;
  x(value: number): number;
  y(value: number): number;
  places: readonly number[];
  width: number;
  height: number;
  label(value: number): string;
  format(value: number): string;
}

function Grid(props: IGridProps): JSX.Element {
  const { scale, x, y, places, width, height } = props;
  return (
    <g className="aml-Chart-grid" aria-hidden="true">
      {scale.ticks.map(tick => (
        <g key={tick}>
          <line x1={EDGE.left} x2={width - EDGE.right} y1={y(tick)} y2={y(tick)} />
          <text x={EDGE.left - 6} y={y(tick) + 3.5} textAnchor="end">
            {props.format(tick)}
          </text>
        </g>
      ))}
      {places.map(tick => (
        <text key={tick} x={x(tick)} y={height - 5} textAnchor="middle">
          {props.label(tick)}
        </text>
      ))}
    </g>
  );
}

/** The width that there is, kept up to date. */
function useWidth(): [React.RefObject<HTMLElement>, number] {
  const box = React.useRef<HTMLElement>(null);
  const [width, setWidth] = React.useState(320);
  React.useLayoutEffect(() => {
    const node = box.current;
    if (!node) {
      return;
    }
    const observer = new ResizeObserver(() => setWidth(Math.max(160, node.clientWidth)));
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

/** The line; where a value is missing it is broken. */
function pathOf(
  at: readonly number[],
  values: readonly (number | null)[],
  x: (value: number) => number,
  y: (value: number) => number
): string {
  let path = '';
  let down = false;
  values.forEach((value, index) => {
    if (value === null || !isFinite(value) || index >= at.length) {
      down = false;
      return;
    }
    path += `${down ? 'L' : 'M'}${x(at[index]).toFixed(1)} ${y(value).toFixed(1)}`;
    down = true;
  });
  return path;
}

/** Where a value stands between missing ones, so that no line can show it. */
function alone(values: readonly (number | null)[], length: number): number[] {
  const there = (index: number) => index >= 0 && index < length && typeof values[index] === 'number';
  return values.flatMap((_, index) => (there(index) && !there(index - 1) && !there(index + 1) ? [index] : []));
}

function nearest(places: readonly number[], wanted: number): number {
  let best = 0;
  places.forEach((place, index) => {
    if (Math.abs(place - wanted) < Math.abs(places[best] - wanted)) {
      best = index;
    }
  });
  return best;
}

/** The newest value that there is. */
function last(values: readonly (number | null)[]): number | null {
  for (let index = values.length - 1; index >= 0; index--) {
    if (values[index] !== null) {
      return values[index];
    }
  }
  return null;
}

/** What the chart shows, for those who do not see it. */
function inWords(props: IChartProps, told: (value: number | null) => string): string {
  const parts = props.series.map(one => {
    const known = one.values.filter((value): value is number => value !== null && isFinite(value));
    const range = known.length ? ` (${told(Math.min(...known))} – ${told(Math.max(...known))})` : '';
    return `${one.name}: ${told(last(one.values))}${range}`;
  });
  return `${props.title}. ${parts.join('; ')}`;
}
