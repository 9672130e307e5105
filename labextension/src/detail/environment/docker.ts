import type { TranslationBundle } from '@jupyterlab/translation';

/** What an environment says of its image; what is not set is left out. */
export function dockerFacts(docker: unknown, trans: TranslationBundle): [label: string, value: string][] {
  const labels: Record<string, string> = {
    base_image: trans.__('Base image'),
    base_dockerfile: trans.__('Base Dockerfile')
  };
  if (typeof docker === 'string') {
    return docker ? [[labels.base_image, docker]] : [];
  }
  if (typeof docker !== 'object' || docker === null) {
    return [];
  }
  return Object.entries(docker)
    .map(([name, value]): [string, string] => [labels[name] ?? name.replace(/_/g, ' '), words(value)])
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
