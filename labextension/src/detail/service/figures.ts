import type { IMetrics } from '../../api/types';

const LISTS = ['requests', 'errors', 'p50', 'p99', 'replicas'] as const;

/** Figures with newer ones after them; what was told of the same moment again counts anew. */
export function joined(before: IMetrics, after: IMetrics, seconds: number): IMetrics {
  if (!after.at.length) {
    return before;
  }
  const end = after.at[after.at.length - 1];
  const kept = before.at
    .map((moment, index) => [moment, index])
    .filter(([moment]) => moment > end - seconds && moment < after.at[0]);
  const at = [...kept.map(([moment]) => moment), ...after.at];
  const result: IMetrics = { at, requests: [], errors: [], p50: [], p99: [], replicas: [] };
  for (const list of LISTS) {
    result[list] = [...kept.map(([, index]) => before[list][index] ?? null), ...after[list]];
  }
  return result;
}
