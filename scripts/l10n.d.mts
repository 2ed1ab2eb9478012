export function collectTexts(): { texts: string[]; mistakes: string[] };
export function bundleText(texts: readonly string[]): string;
