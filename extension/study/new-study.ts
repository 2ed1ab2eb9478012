/** What a new study is made of. */
export interface NewStudy {
  name: string;
  /** Where the data is, relative to the study file. */
  data:
    | { kind: 'folder'; folder: string; source?: string; target?: string }
    | { kind: 'file'; format: 'npz' | 'csv' | 'parquet'; path: string };
  /** Images go through a network; vectors are features already. */
  images: boolean;
}

/** The text of a new study: short, commented, with defaults that finish in minutes. */
export function newStudyText({ name, data, images }: NewStudy): string {
  const json = (value: unknown): string => JSON.stringify(value);
  const twoDomains = data.kind === 'folder' && data.source !== undefined && data.target !== undefined;
  const dataLines =
    data.kind === 'folder'
      ? [
          `    "folder": ${json(data.folder)}`,
          ...(data.source === undefined
            ? []
            : [`    // Heads learn from its labels (in distribution, ID).\n    "source": ${json(data.source)}`]),
          ...(data.target === undefined
            ? []
            : [`    // Heads are measured on it too (out of distribution, OOD).\n    "target": ${json(data.target)}`]),
        ]
      : [`    "domains": {\n      "samples": { "format": ${json(data.format)}, "path": ${json(data.path)} }\n    }`];
  const blocks = [
    `  "name": ${json(name)},\n\n  // Everything random is drawn from this number.\n  "seed": 0`,
    `  "data": {\n${dataLines.join(',\n')}\n  }`,
    images
      ? `  // The network that turns a sample into a feature vector.\n  "encoder": {\n    "architecture": "resnet-small"\n  }`
      : `  // The values of a row are its features.\n  "encoder": {\n    "architecture": "mlp"\n  }`,
    `  // Contrastive pretraining without labels.\n  "pretrain": {\n    "epochs": 20,\n    "augmentation": ${json(images ? 'strong' : 'vector')}\n  }`,
    `  // Which clusters has it learned?\n  "spectrum": {}`,
    `  // Does a linear head solve the task?\n  "probe": {}`,
    ...(twoDomains
      ? [
          `  // Does that head carry over to the other domain?\n  "transfer": {}`,
          `  // Does fine-tuning distort the features?\n  "finetune": {}`,
        ]
      : []),
  ];
  return `// Run it with the button above, then change a line: only the stages that the line touches are computed anew.\n{\n${blocks.join(',\n\n')}\n}\n`;
}

/** A file's name from a study's: `Sketches to photos` → `sketches-to-photos`. */
export function fileNameOf(name: string): string {
  const plain = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return plain === '' ? 'study' : plain;
}
