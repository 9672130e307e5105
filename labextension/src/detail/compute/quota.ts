/** A limit of the workspace and how much of it is used. */
export interface IQuota {
  name: string;
  used: number | null;
  limit: number | null;
}

type Told = Record<string, unknown>;

/** The quotas in whichever form the server tells them: a list, or one limit a name. */
export function quotasOf(told: unknown): IQuota[] {
  if (Array.isArray(told)) {
    return told.filter(isObject).map(quotaOf);
  }
  if (!isObject(told)) {
    return [];
  }
  return Object.entries(told).map(([name, value]) =>
    isObject(value) ? { ...quotaOf(value), name } : { name, used: null, limit: numberOf(value) }
  );
}

function quotaOf(told: Told): IQuota {
  const name = isObject(told.name) ? told.name.localizedValue ?? told.name.value : told.name ?? told.family ?? told.id;
  return {
    name: String(name ?? ''),
    used: numberOf(told.used ?? told.currentValue ?? told.current_value ?? told.usage),
    limit: numberOf(told.limit)
  };
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function isObject(value: unknown): value is Told {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
