/** What is written in the dialog, all of it as text. */
export interface IDraft {
  models: string;
  description: string;
  tags: string;
  entry_script: string;
}

/** What differs, as the server takes it. */
export function changed(before: IDraft, after: IDraft): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  if (after.models.trim() !== before.models) {
    changes.models = after.models
      .split(',')
      .map(name => name.trim())
      .filter(Boolean);
  }
  if (after.description !== before.description) {
    changes.description = after.description;
  }
  if (after.tags.trim() !== before.tags) {
    changes.tags = tagsOf(after.tags);
  }
  if (after.entry_script.trim()) {
    changes.entry_script = after.entry_script.trim();
  }
  return changes;
}

function tagsOf(text: string): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    const name = (at < 0 ? line : line.slice(0, at)).trim();
    if (name) {
      tags[name] = at < 0 ? '' : line.slice(at + 1).trim();
    }
  }
  return tags;
}
