import type { IGraph } from '../../api/types';

export const WIDTH = 190;
export const HEIGHT = 50;
const GAP_X = 28;
const GAP_Y = 46;
const EDGE = 12;
const ROUNDS = 4;

type INode = IGraph['nodes'][number];

/** A step of the pipeline and where it stands. */
export interface IPlaced {
  node: INode;
  x: number;
  y: number;
}

/** A pipeline's picture: every step below those it waits for. */
export interface ILayout {
  /** In the order in which they may run, from above to below and from left to right. */
  steps: IPlaced[];
  lines: { from: string; to: string; path: string }[];
  width: number;
  height: number;
}

/** A place in a row: a step, or where a long line passes between steps. */
interface IPlace {
  x: number;
  y: number;
  width: number;
}

const PASS = 16;

export function layoutOf(graph: IGraph): ILayout {
  const known = new Map(graph.nodes.map(node => [node.id, node]));
  const edges = unique(graph.edges.filter(([from, to]) => from !== to && known.has(from) && known.has(to)));
  const rows = rowsOf(graph.nodes, edges);
  const routes = routed(rows, edges);
  untangle(rows, routes.flatMap(pairs));
  const widths = rows.map(row => row.map(id => (known.has(id) ? WIDTH : PASS)));
  const wholes = widths.map(row => row.reduce((sum, each) => sum + each, 0) + GAP_X * (row.length - 1));
  const width = 2 * EDGE + Math.max(WIDTH, ...wholes);
  const places = new Map<string, IPlace>();
  rows.forEach((row, layer) => {
    let x = (width - wholes[layer]) / 2;
    row.forEach((id, index) => {
      places.set(id, { x, y: EDGE + layer * (HEIGHT + GAP_Y), width: widths[layer][index] });
      x += widths[layer][index] + GAP_X;
    });
  });
  const steps = rows
    .flat()
    .filter(id => known.has(id))
    .map(id => ({ node: known.get(id) as INode, ...(places.get(id) as IPlace) }));
  return {
    steps: steps.map(({ node, x, y }) => ({ node, x, y })),
    lines: routes.map(route => ({
      from: route[0],
      to: route[route.length - 1],
      path: curve(route.map(id => places.get(id) as IPlace))
    })),
    width,
    height: 2 * EDGE + rows.length * HEIGHT + Math.max(0, rows.length - 1) * GAP_Y
  };
}

function unique(edges: readonly [string, string][]): [string, string][] {
  return [...new Map(edges.map(edge => [JSON.stringify(edge), edge])).values()];
}

function pairs(route: readonly string[]): [string, string][] {
  return route.slice(1).map((id, index) => [route[index], id]);
}

/** The places that each line goes through: it has one of its own in every row that it passes. */
function routed(rows: string[][], edges: readonly [string, string][]): string[][] {
  const layers = new Map(rows.flatMap((row, layer) => row.map((id): [string, number] => [id, layer])));
  return edges.map(([from, to]) => {
    const route = [from];
    for (let layer = (layers.get(from) as number) + 1; layer < (layers.get(to) as number); layer++) {
      const pass = JSON.stringify([from, to, layer]);
      rows[layer].push(pass);
      route.push(pass);
    }
    return [...route, to];
  });
}

/** The ids by rows: each one row below the lowest that it waits for; what waits in a ring stays above. */
function rowsOf(nodes: readonly INode[], edges: readonly [string, string][]): string[][] {
  const layers = new Map(nodes.map(node => [node.id, 0]));
  for (let round = 0; round < nodes.length; round++) {
    let moved = false;
    for (const [from, to] of edges) {
      const least = (layers.get(from) as number) + 1;
      if ((layers.get(to) as number) < least && least < nodes.length) {
        layers.set(to, least);
        moved = true;
      }
    }
    if (!moved) {
      break;
    }
  }
  const rows: string[][] = [];
  for (const [id, layer] of layers) {
    (rows[layer] ??= []).push(id);
  }
  return rows.filter(row => row);
}

/** Put each step near the middle of those that it is tied to, a few times down and up. */
function untangle(rows: string[][], edges: readonly [string, string][]): void {
  const tied = new Map<string, string[]>();
  for (const [from, to] of edges) {
    tied.set(from, [...(tied.get(from) ?? []), to]);
    tied.set(to, [...(tied.get(to) ?? []), from]);
  }
  const places = new Map<string, number>();
  const note = (row: string[]) => row.forEach((id, index) => places.set(id, (index + 0.5) / row.length));
  rows.forEach(note);
  for (let round = 0; round < ROUNDS; round++) {
    for (const row of round % 2 ? [...rows].reverse() : rows) {
      const middles = new Map(row.map(id => [id, middleOf(id, tied, places)]));
      row.sort((one, other) => (middles.get(one) as number) - (middles.get(other) as number));
      note(row);
    }
  }
}

function middleOf(id: string, tied: Map<string, string[]>, places: Map<string, number>): number {
  const others = tied.get(id);
  return others
    ? others.reduce((sum, other) => sum + (places.get(other) as number), 0) / others.length
    : (places.get(id) as number);
}

/** A line from the lower edge of a step to the upper edge of another, by the places between them. */
function curve(places: readonly IPlace[]): string {
  const last = places.length - 1;
  let path = '';
  places.forEach(({ x, y, width }, index) => {
    const middle = x + width / 2;
    if (index > 0) {
      const top = index === last ? y - 5 : y; // leaves room for the arrow's head
      const bend = (HEIGHT + GAP_Y) / 4;
      const before = places[index - 1];
      const start = before.x + before.width / 2;
      const from = before.y + HEIGHT;
      path += `C${start} ${from + bend} ${middle} ${top - bend} ${middle} ${top}`;
    }
    path += index === 0 ? `M${middle} ${y + HEIGHT}` : index === last ? '' : `V${y + HEIGHT}`;
  });
  return path;
}
