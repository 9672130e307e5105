/** What a user typed, as the value that it stands for: of the same kind as the default where it can be. */
export function parsed(text: string, model: unknown): unknown {
  if (typeof model === 'string') {
    return text;
  }
  if (typeof model === 'boolean' && /^(true|false)$/i.test(text.trim())) {
    return text.trim().toLowerCase() === 'true';
  }
  if (typeof model === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) {
    return Number(text);
  }
  if (typeof model === 'object' && model !== null) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  return text;
}

/** A value as a text that `parsed` makes the same value of. */
export function written(value: unknown): string {
  if (value === null || value === undefined) {
    return '';
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
