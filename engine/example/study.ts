import type { StyleName } from './styles';

export interface StudyTemplate {
  readonly domains: readonly StyleName[];
  readonly classes: readonly string[];
  readonly perCell: number;
  readonly seed: number;
}

/** The example's study file: JSON with comments that lead a newcomer through it. */
export function exampleStudy({ domains, classes, perCell, seed }: StudyTemplate): string {
  const source = domains.includes('photo') ? 'photo' : domains[0]!;
  const target = domains.find((name) => name !== source);
  const list = domains.join(' and ');
  return `// An Eigenprobe study: what is measured, on which data, with which settings.
// Run it as it stands, then change a line and run it again: only the stages that the line touches are computed anew.
// Every setting that is not written here has a default; completion and hover text show them.
{
  "name": "${target ? `From ${source} to ${target}` : `Example: ${source}`}",

  // Everything random is drawn from this number: the same seed gives the same figures.
  "seed": ${seed},

  "data": {
    // ${classes.length} classes of drawn objects (${classes.join(', ')})
    // as ${list}, ${perCell} pictures a class and domain: images/<domain>/<class>/0001.png.
    "folder": "images",
${
  target
    ? `
    // Heads learn from the labels of the source (in distribution, ID) and are measured on both domains.
    // The labels of the target (out of distribution, OOD) are used for reporting only.
    "source": "${source}",
    "target": "${target}"`
    : `
    "source": "${source}"`
}
  },

  // The network that turns a picture into a feature vector.
  "encoder": {
    "architecture": "resnet-small",
    "width": 16,
    "features": 128
  },

  // Contrastive pretraining on all domains together, without labels: two augmented views of one picture
  // attract each other, views of different pictures repel each other.
  "pretrain": {
    "objective": "spectral",
    "epochs": 25,
    "batchSize": 256,
    // Augmentations decide what counts as similar, and so which clusters the representation learns. This set makes
    // colour and polarity unreliable, so that what a photo and a sketch of one class share is their shape.
    "augmentation": "strong"
  },

  // Which clusters has it learned? Eigenvectors of the similarity graph of the embeddings.
  "spectrum": {
    "eigenvectors": 32,
    "clusters": "classes"
  },

  // Does a linear head solve the task on the frozen representation?
  "probe": {}${
    target
      ? `,

  // Does that head carry over to ${target}, better than a network trained from scratch on ${source}? Other methods join
  // in where they are listed: "methods": ["source-only", "dann", "swav"]; methods.eigenprobe.json compares them.
  "transfer": {
    "methods": ["source-only"],
    "sourceOnly": { "epochs": 20 }
  },

  // Does fine-tuning help, or does it distort the features?
  // LP: linear head only. FT: the whole network. LP-FT: first the head, then the whole network. There are more:
  // L2-SP, first-blocks, last-blocks, layer-decay, WiSE-FT.
  "finetune": {
    "methods": ["LP", "FT", "LP-FT"],
    "learningRates": [0.001, 0.003, 0.01, 0.03],
    "epochs": 5
  }

  // Where does LP-FT beat FT, and by how much? A map over the quality of the features and the size of a shift; a few
  // minutes. Put a comma after the block above and take away the slashes.
  // "advantage": {}`
      : ''
  }
}
`;
}

/** The study that compares methods on the example's pictures, and what unlabelled ones of a further domain add. */
export function exampleMethodsStudy(
  { domains, seed }: StudyTemplate,
  extra: StyleName,
  folderOf: (domain: string) => string,
): string {
  const source = domains.includes('photo') ? 'photo' : domains[0]!;
  const target = domains.find((name) => name !== source)!;
  const line = (name: string): string => `      "${name}": { "format": "folder", "path": "${folderOf(name)}" }`;
  return `// Methods beside each other: how far does each carry labels of ${source} over to ${target}, and why?
// Every method is trained, cached and resumed on its own: add one to the list, and only that one is trained.
{
  "name": "Methods from ${source} to ${target}",
  "seed": ${seed},

  "data": {
    "domains": {
${[...domains, extra].map(line).join(',\n')}
    },
    "source": "${source}",
    "target": "${target}"
  },

  "encoder": { "architecture": "resnet-small", "width": 16, "features": 128 },

  // The study's own pretraining, and the settings of those that it is compared with.
  "pretrain": {
    "objective": "spectral",
    "epochs": 25,
    "batchSize": 256,
    "augmentation": "strong",
    "swav": { "prototypes": 64 }
  },

  "probe": {},

  "transfer": {
    // source-only and dann learn from labels of ${source} alone; dann also sees pictures of ${target}. The others are
    // pretrained without labels; "+extra" also on ${extra}, which no label comes from and nothing is measured on.
    "methods": ["source-only", "dann", "swav", "spectral+extra"],
    "sourceOnly": { "epochs": 20 }
  }
}
`;
}
