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

export function layoutOf(graph: IGraph): ILayout {
  const known = new Map(graph.nodes.map(node => [node.id, node]));
  const edges = graph.edges.filter(([from, to]) => from !== to && known.has(from) && known.has(to));
  const rows = rowsOf(graph.nodes, edges);
  untangle(rows, edges);
  const widest = Math.max(1, ...rows.map(row => row.length));
  const width = 2 * EDGE + widest * WIDTH + (widest - 1) * GAP_X;
  const placed = new Map<string, IPlaced>();
  rows.forEach((row, layer) => {
    const left = (width - row.length * WIDTH - (row.length - 1) * GAP_X) / 2;
    row.forEach((id, place) => {
      const x = left + place * (WIDTH + GAP_X);
      placed.set(id, { node: known.get(id) as INode, x, y: EDGE + layer * (HEIGHT + GAP_Y) });
    });
  });
  return {
    steps: [...placed.values()],
    lines: edges.map(([from, to]) => ({ from, to, path: curve(placed.get(from), placed.get(to)) })),
    width,
    height: 2 * EDGE + rows.length * HEIGHT + Math.max(0, rows.length - 1) * GAP_Y
  };
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

/** A line from the lower edge of a step to the upper edge of another. */
function curve(from: IPlaced | undefined, to: IPlaced | undefined): string {
  if (!from || !to) {
    return '';
  }
  const [x1, y1] = [from.x + WIDTH / 2, from.y + HEIGHT];
  const [x2, y2] = [to.x + WIDTH / 2, to.y - 5]; // leaves room for the arrow's head
  const bend = Math.max(GAP_Y / 2, Math.abs(y2 - y1) / 2);
  return `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
}
