/** What an environment says of its image, in v1's own words; what is not set is left out. */
export function dockerFacts(docker: unknown): [label: string, value: string][] {
  if (typeof docker === 'string') {
    return docker ? [['image', docker]] : [];
  }
  if (typeof docker !== 'object' || docker === null) {
    return [];
  }
  return Object.entries(docker)
    .map(([name, value]): [string, string] => [name.replace(/_/g, ' '), words(value)])
    .filter(([, value]) => value !== '');
}

function words(value: unknown): string {
  if (value === null || value === undefined || value === false) {
    return '';
  }
  if (typeof value !== 'object') {
    return String(value);
  }
  const parts = Array.isArray(value)
    ? value.map(words)
    : Object.entries(value).map(([name, each]) => (words(each) ? `${name}: ${words(each)}` : ''));
  return parts.filter(Boolean).join(', ');
}
