/** What went wrong with a compute target, as the portal's blade lists it. */
export interface IFault {
  code: string | null;
  message: string;
  details: IFault[];
}

/** The errors in the shapes that the service has them: a text, or `{error: {code, message, details}}`. */
export function faultOf(told: unknown): IFault {
  if (typeof told !== 'object' || told === null) {
    return { code: null, message: String(told ?? ''), details: [] };
  }
  const outer = told as Record<string, unknown>;
  const inner = typeof outer.error === 'object' && outer.error !== null ? (outer.error as Record<string, unknown>) : outer;
  const details = Array.isArray(inner.details) ? inner.details.map(faultOf) : [];
  return {
    code: typeof inner.code === 'string' ? inner.code : null,
    message: typeof inner.message === 'string' ? inner.message : details.length ? '' : JSON.stringify(told),
    details
  };
}
