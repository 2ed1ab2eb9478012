/** Text as Markdown that says just that. Spaces stay spaces, so that long lines wrap. */
export function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+\-!|~&]/g, '\\$&').replace(/\s+/g, ' ');
}
