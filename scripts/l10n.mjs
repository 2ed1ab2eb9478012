import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { main, root } from './support/process.mjs';

/** Where the texts of the code stand for translators, under the name that VS Code's own tools give. */
const bundleFile = join(root, 'dist/l10n/bundle.l10n.json');

/** Every text that the extension's code asks a translation for, sorted; and what is wrong with how it asks. */
export function collectTexts() {
  const texts = new Set();
  const mistakes = [];
  const files = readdirSync(join(root, 'extension'), { recursive: true }).filter((name) => name.endsWith('.ts'));
  for (const name of files.sort()) {
    const file = `extension/${name.replaceAll('\\', '/')}`;
    const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const at = (node) => `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    const visit = (node) => {
      if (ts.isCallExpression(node)) {
        const called = node.expression.getText(source);
        const [first] = node.arguments;
        if (called === 'vscode.l10n.t') {
          if (first && ts.isStringLiteralLike(first)) texts.add(first.text);
          else mistakes.push(`${at(node)}: the text of l10n.t has to stand there as it is`);
        } else if (/\.(show(Error|Warning|Information)Message|setStatusBarMessage)$/.test(called) && first) {
          if (ts.isStringLiteralLike(first) || (ts.isTemplateExpression(first) && /[a-z]{3}/.test(literalParts(first))))
            mistakes.push(`${at(node)}: people read this text, so it goes through l10n.t`);
        }
      }
      if (
        ts.isPropertyAssignment(node) &&
        /^(title|placeHolder|prompt|tooltip|placeholder)$/.test(node.name.getText(source))
      )
        if (ts.isStringLiteralLike(node.initializer) && /[a-z]{3}/.test(node.initializer.text))
          mistakes.push(`${at(node)}: people read this text, so it goes through l10n.t`);
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { texts: [...texts].sort(), mistakes };
}

function literalParts(template) {
  return [template.head, ...template.templateSpans.map(({ literal }) => literal)].map(({ text }) => text).join('');
}

export function bundleText(texts) {
  return `${JSON.stringify(Object.fromEntries(texts.map((text) => [text, text])), null, 2)}\n`;
}

/** `npm run l10n`: writes the texts of the code for translators; those of the manifest are in package.nls.json. */
await main(import.meta.url, () => {
  const { texts, mistakes } = collectTexts();
  for (const mistake of mistakes) console.error(mistake);
  if (mistakes.length > 0) process.exitCode = 1;
  mkdirSync(dirname(bundleFile), { recursive: true });
  writeFileSync(bundleFile, bundleText(texts));
  console.log(`${texts.length} texts.`);
});
